import { createHash, randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { databaseKind } from '../dist/database/database.js'
import { post, startProcess } from './process.mjs'
import { startPostgresql } from './services.mjs'
import { ms, quantile, ratio } from './setting.mjs'

export const title =
  'How fast do 500 streams on five processes end, where one mutation ends 10,000 sessions? (PostgreSQL)'

const ends = Number(process.env.STORM_SESSIONS ?? 10_000)
const streams = Number(process.env.STORM_STREAMS ?? 500)
const processes = Number(process.env.STORM_PROCESSES ?? 5)
const password = 'the password of the bench'

const login = `mutation ($username: String!) {
  login(input: { username: $username, password: "${password}" }) { __typename ... on Error { code } }
}`
const register = `mutation ($username: String!) {
  register(input: { username: $username, password: "${password}" }) { __typename ... on Error { code } }
}`
const revoke = `mutation { revokeSessions(filter: { username: "crowd" }) {
  __typename ... on RevokeSessionsSuccess { matchedCount revokedCount isComplete } ... on Error { code }
} }`
const watch = 'subscription { sessionEvents { __typename ... on SessionEnded { reason } } }'

/** Signed-in visitors of every process ask { me } at a fixed pace, at rest and during the storm. */
export async function measure() {
  const postgresql = await startPostgresql()
  await databaseKind(postgresql.url).migrate(postgresql.url)
  const settings = {
    DATABASE_URL: `${postgresql.url}?connection_limit=10`,
    ADMIN_PASSWORD: password,
    TRUST_PROXY: '1',
    SESSION_RECHECK_INTERVAL: '3600', // so that it is the bus that ends them
  }
  const servers = []
  try {
    // One first: it makes the first staff user.
    servers.push(await startProcess(settings))
    const more = Array.from({ length: processes - 1 }, () => startProcess(settings))
    servers.push(...(await Promise.all(more)))
    return await storm(postgresql.url, servers)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await postgresql.stop()
  }
}

async function storm(database, servers) {
  const [{ url }] = servers
  const staff = cookieOf(await post(url, login, { variables: { username: 'admin' } }))
  const crowd = cookieOf(await post(url, register, { variables: { username: 'crowd' } }))
  const other = cookieOf(await post(url, register, { variables: { username: 'other' } }))
  const cookies = await multiply(database, crowd, ends)
  const step = Math.floor(ends / streams)
  const watched = cookies.filter((_, at) => at % step === 0).slice(0, streams)
  const open = await Promise.all(
    watched.map((cookie, at) => openStream(servers[at % servers.length].url, cookie)),
  )
  await sleep(2_000) // each stream has looked

  const visitors = createVisitors(servers, other)
  await visitors.during(sleep(3_000)) // warms all up
  const idle = await visitors.during(sleep(6_000))
  const loadBefore = loadavg()[0]
  const began = performance.now()
  let answered = 0
  const ending = post(url, revoke, { headers: { cookie: staff } }).then(({ body }) => {
    answered = performance.now()
    if (!body.data?.revokeSessions?.matchedCount) throw new Error(JSON.stringify(body))
    return body.data.revokeSessions
  })
  const patience = sleep(60_000, null, { ref: false })
  const busy = await visitors.during(
    Promise.race([Promise.all([ending, ...open.map(({ ended }) => ended)]), patience]),
  )
  const outcome = await ending
  const over = open.filter(({ at }) => at !== null)
  const reasons = {}
  for (const { reason } of over) reasons[reason] = (reasons[reason] ?? 0) + 1
  const sinceBegin = over.map(({ at }) => at - began)
  const delays = await sinceWritten(database, over)
  return {
    'sessions that the mutation ended, and how long it took': `${outcome.revokedCount} of ${outcome.matchedCount}, ${ms(answered - began)}`,
    'streams that ended, by reason': Object.entries(reasons)
      .map(([reason, count]) => `${count} of ${streams} ${reason}`)
      .join(', '),
    'a stream ended after the request of the mutation: half, 99 %, all': spread(sinceBegin),
    'a stream ended after its session: half, 99 %, all': spread(delays),
    '{ me } of others at rest: half, 95 %, 99 %': spread(idle, [0.5, 0.95, 0.99]),
    '{ me } of others during the storm: half, 95 %, 99 %': spread(busy, [0.5, 0.95, 0.99]),
    'that is (half, 95 %)': [0.5, 0.95]
      .map((q) => ratio(quantile(busy, q), quantile(idle, q)))
      .join(', '),
    'requests of others: at rest, during the storm': `${idle.length}, ${busy.length}`,
    'load average of the machine before and after': `${loadBefore.toFixed(1)}, ${loadavg()[0].toFixed(1)}`,
  }
}

const spread = (values, quantiles = [0.5, 0.99, 1]) =>
  quantiles.map((q) => ms(quantile(values, q))).join(', ')

function cookieOf({ headers, body }) {
  const cookie = headers.getSetCookie()[0]?.split(';')[0]
  if (cookie === undefined) throw new Error(JSON.stringify(body))
  return cookie
}

const idOf = (cookie) => createHash('sha256').update(cookie.split('=')[1]).digest('hex')

/** As many sessions like that of `cookie`, which begins them. */
async function multiply(database, cookie, count) {
  const [name] = cookie.split('=')
  const cookies = Array.from(
    { length: count - 1 },
    () => `${name}=${randomBytes(32).toString('base64url')}`,
  )
  const client = new Client({ connectionString: database })
  await client.connect()
  await client.query(
    `INSERT INTO "Session" ("id", "userId", "epoch", "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt", "ipAddress", "userAgent", "version", "data")
     SELECT new.id, "userId", "epoch", "createdAt" - new.at * interval '1 second', "lastSeenAt", "expiresAt", "absoluteExpiresAt", "ipAddress", "userAgent", "version", "data"
     FROM "Session" AS old, unnest($2::text[]) WITH ORDINALITY AS new (id, at) WHERE old.id = $1`,
    [idOf(cookie), cookies.map(idOf)],
  )
  await client.query('ANALYZE "Session"')
  await client.end()
  return [cookie, ...cookies]
}

/** How long after the instant that is written down as the end of its session each stream ended. */
async function sinceWritten(database, over) {
  const client = new Client({ connectionString: database })
  await client.connect()
  const { rows } = await client.query(
    `SELECT "id", extract(epoch FROM "endedAt") * 1000 AS at FROM "Session" WHERE "id" = ANY ($1)`,
    [over.map(({ id }) => id)],
  )
  await client.end()
  const endedAt = new Map(rows.map(({ id, at }) => [id, Number(at)]))
  return over.map(({ id, at }) => performance.timeOrigin + at - endedAt.get(id))
}

/** Opens a stream. `ended` resolves with it; `at` is when its last event came. */
function openStream(url, cookie) {
  const stream = { id: idOf(cookie), at: null, reason: null, ended: null }
  return new Promise((opened, failed) => {
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json', cookie }
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      if (response.statusCode !== 200) return failed(new Error(`No stream: ${response.statusCode}`))
      stream.ended = new Promise((done) => {
        response.on('data', (chunk) => {
          const [, reason] = /"reason":"(\w+)"/.exec(String(chunk)) ?? []
          if (reason === undefined) return
          stream.reason = reason
          stream.at = performance.now()
          done()
        })
      })
      opened(stream)
    })
    sent.on('error', failed)
    sent.end(JSON.stringify({ query: watch }))
  })
}

/** One visitor for each server, who asks every thirty milliseconds, whether or not the last answer has come. */
function createVisitors(servers, cookie) {
  const agent = new Agent({ keepAlive: true })
  const body = JSON.stringify({ query: '{ me { username } }' })
  const headers = { 'content-type': 'application/json', cookie }
  const ask = (url) =>
    new Promise((done, fail) => {
      const began = performance.now()
      const sent = request(url, { method: 'POST', headers, agent }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += chunk))
        response.on('end', () =>
          text.includes('"other"') ? done(performance.now() - began) : fail(new Error(text)),
        )
      })
      sent.on('error', fail)
      sent.end(body)
    })
  return {
    /** How long each answer took while `work` was under way, in milliseconds. */
    async during(work) {
      let isOver = false
      void work.finally(() => (isOver = true))
      const asked = []
      while (!isOver) {
        for (const { url } of servers) asked.push(ask(url))
        await sleep(30)
      }
      await work
      return Promise.all(asked)
    },
  }
}
