import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { databaseKind } from '../dist/database/database.js'
import { post, startProcess } from './process.mjs'
import { secondsOf, secondsOfMachine } from './processor.mjs'
import { startPostgresql, startRedis } from './services.mjs'
import { ms, quantile, ratio } from './setting.mjs'
import { idOf, multiply, sinceWritten } from './storm-sessions.mjs'

const isSqlite = process.env.STORM_DATABASE === 'sqlite'
const engine = process.env.STORM_ENGINE ?? 'database'
const ends = Number(process.env.STORM_SESSIONS ?? 10_000)
const streams = Number(process.env.STORM_STREAMS ?? 500)
const processes = Number(process.env.STORM_PROCESSES ?? (isSqlite ? 1 : 5))
const password = 'the password of the bench'

export const title = `How fast do ${streams} streams on ${processes} processes end, where one mutation ends ${ends} sessions? (${isSqlite ? 'SQLite' : 'PostgreSQL'}, engine ${engine})`

const login = `mutation ($username: String!) {
  login(input: { username: $username, password: "${password}" }) { __typename ... on Error { code } }
}`
const register = `mutation ($username: String!) {
  register(input: { username: $username, password: "${password}" }) { __typename ... on Error { code } }
}`
const revoke = `mutation ($dryRun: Boolean) { revokeSessions(filter: { username: "crowd" }, dryRun: $dryRun) {
  __typename ... on RevokeSessionsSuccess { matchedCount revokedCount isComplete } ... on Error { code }
} }`
const watch = 'subscription { sessionEvents { __typename ... on SessionEnded { reason } } }'

/**
 * Signed-in visitors of every process ask { me } at a fixed pace, at rest and during the storm. STORM_ENGINE is `database`,
 * `cached-database` or `cache`, STORM_DATABASE `postgresql` or `sqlite`; STORM_SESSIONS, STORM_STREAMS and STORM_PROCESSES
 * say how much of each.
 */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-storm-'))
  const postgresql = isSqlite ? null : await startPostgresql()
  const redis = engine === 'database' ? null : await startRedis()
  const at = {
    database: postgresql ? postgresql.url : `file:${join(folder, 'storm.db')}`,
    cache: engine === 'cache' ? redis.url : null,
  }
  await databaseKind(at.database).migrate(at.database)
  const settings = {
    DATABASE_URL: postgresql ? `${postgresql.url}?connection_limit=10` : at.database,
    ...(redis && { SESSION_ENGINE: engine, CACHE_URL: redis.url }),
    ADMIN_PASSWORD: password,
    TRUST_PROXY: '1',
    HTTP_MAX_CONNECTIONS: '2000',
    SESSION_RECHECK_INTERVAL: '3600', // so that it is the bus that ends them
  }
  const servers = []
  try {
    // One first: it makes the first staff user.
    servers.push(await startProcess(settings))
    const more = Array.from({ length: processes - 1 }, () => startProcess(settings))
    servers.push(...(await Promise.all(more)))
    const stores = [postgresql, redis].flatMap((each) => each?.pid ?? [])
    return await storm(at, servers, stores)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await redis?.stop()
    await postgresql?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function storm(at, servers, stores) {
  const [{ url }] = servers
  const staff = cookieOf(await post(url, login, { variables: { username: 'admin' } }))
  const crowd = cookieOf(await post(url, register, { variables: { username: 'crowd' } }))
  const other = cookieOf(await post(url, register, { variables: { username: 'other' } }))
  const cookies = await multiply(at, crowd, ends)
  const step = Math.floor(ends / streams)
  const watched = cookies.filter((_, at) => at % step === 0).slice(0, streams)
  const open = await Promise.all(
    watched.map((cookie, at) => openStream(servers[at % servers.length].url, cookie)),
  )
  await sleep(2_000) // each stream has looked

  // A dry run comes first, as in /admin: it loads Prisma.
  await post(url, revoke, { variables: { dryRun: true }, headers: { cookie: staff } })
  const visitors = createVisitors(servers, other)
  await visitors.during(sleep(4_000)) // warms all up
  const spent = () => ({
    at: performance.now(),
    servers: secondsOf(servers.map(({ pid }) => pid)),
    stores: secondsOf(stores),
    client: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
    machine: secondsOfMachine(),
  })
  const loadBefore = loadavg()[0]
  const rest = spent()
  const idle = await visitors.during(sleep(6_000))
  const begin = spent()
  const began = performance.now()
  const calls = []
  const ending = endAll(url, staff, calls)
  const patience = sleep(60_000, null, { ref: false })
  const busy = await visitors.during(
    Promise.race([Promise.all([ending, ...open.map(({ ended }) => ended)]), patience]),
  )
  await ending
  const end = spent()
  const over = open.filter(({ at }) => at !== null)
  const reasons = {}
  for (const { reason } of over) reasons[reason] = (reasons[reason] ?? 0) + 1
  const sinceBegin = over.map(({ at }) => at - began)
  const delays = await sinceWritten(at, over)
  const all = { idle: idle.map(({ took }) => took), busy: busy.map(({ took }) => took) }
  const onOne = busy.filter(({ at }) => at === 0).map(({ took }) => took)
  return {
    'mutations until none was left, and what each has ended': calls
      .map(
        ({ took, revokedCount, matchedCount }) => `${revokedCount} of ${matchedCount}, ${ms(took)}`,
      )
      .join('; '),
    'streams that ended, by reason': Object.entries(reasons)
      .map(([reason, count]) => `${count} of ${streams} ${reason}`)
      .join(', '),
    'a stream ended after the request of the mutation: half, 99 %, all': spread(sinceBegin),
    'a stream ended after its session: half, 99 %, all': spread(delays),
    '{ me } of others at rest: half, 95 %, 99 %': spread(all.idle, parts),
    '{ me } of others during the storm: half, 95 %, 99 %': spread(all.busy, parts),
    'that is (half, 95 %, 99 %)': parts
      .map((q) => ratio(quantile(all.busy, q), quantile(all.idle, q)))
      .join(', '),
    'of those, on the server of the mutation': spread(onOne, parts),
    'requests of others: at rest, during the storm': `${idle.length}, ${busy.length}`,
    'seconds of processor at rest': usage(rest, begin),
    'seconds of processor during the storm': usage(begin, end),
    'load average of the machine before and after': `${loadBefore.toFixed(1)}, ${loadavg()[0].toFixed(1)}`,
  }
}

/** Calls the mutation until none is left. */
async function endAll(url, staff, calls) {
  for (let isComplete = false; !isComplete;) {
    const { body, took } = await post(url, revoke, { headers: { cookie: staff } })
    const outcome = body.data?.revokeSessions
    if (outcome?.isComplete === undefined) throw new Error(JSON.stringify(body))
    calls.push({ took, ...outcome })
    isComplete = outcome.isComplete
  }
}

const parts = [0.5, 0.95, 0.99]

function usage(before, after) {
  const of = (name) => `${name} ${(after[name] - before[name]).toFixed(2)}`
  const had = after.machine.all - before.machine.all
  const busy = after.machine.busy - before.machine.busy
  const own = ['servers', 'stores', 'client'].map(of).join(', ')
  return `${own}; the machine ${busy.toFixed(2)} of ${had.toFixed(2)}`
}

const spread = (values, quantiles = [0.5, 0.99, 1]) =>
  quantiles.map((q) => ms(quantile(values, q))).join(', ')

function cookieOf({ headers, body }) {
  const cookie = headers.getSetCookie()[0]?.split(';')[0]
  if (cookie === undefined) throw new Error(JSON.stringify(body))
  return cookie
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
    /** Which server each answer came from while `work` was under way, and how long it took, in milliseconds. */
    async during(work) {
      let isOver = false
      void work.finally(() => (isOver = true))
      const asked = []
      while (!isOver) {
        for (const [at, { url }] of servers.entries()) asked.push({ at, answered: ask(url) })
        await sleep(30)
      }
      await work
      return Promise.all(asked.map(async ({ at, answered }) => ({ at, took: await answered })))
    },
  }
}
