import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createClient } from '@redis/client'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'
import { fillPostgresql, fillRedis, fillSqlite } from './scale-fill.mjs'
import { expiredOf, idOf, keyOf, ofOneUser, sessionOf, userId, userOf } from './scale-records.mjs'
import { startPostgresql, startRedis } from './services.mjs'
import { openServer, quantile } from './setting.mjs'

export const title =
  'What a session costs among many: `-- scale postgresql,10000000` fills that many, beside a thousand'

const engines = ['sqlite', 'postgresql', 'redis']

/** The engines and the sizes that are named: all, a thousand and a hundred thousand, where none is. */
export async function measure(wanted) {
  const sizes = wanted.filter((word) => /^\d+$/.test(word)).map(Number)
  const named = wanted.filter((word) => engines.includes(word))
  const figures = {}
  for (const engine of named.length > 0 ? named : engines) {
    const rows = []
    for (const size of [1000, ...(sizes.length > 0 ? sizes : [100_000])])
      rows.push({ sessions: size.toLocaleString('en'), ...(await measureOne(engine, size)) })
    figures[engine] = transposed(rows)
  }
  return figures
}

/** A row for each figure, so that the sizes stand beside each other. */
function transposed(rows) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(1)
  return names.map((what) => ({
    what,
    ...Object.fromEntries(rows.map((row) => [row.sessions, String(row[what] ?? '')])),
  }))
}

async function measureOne(engine, size) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-scale-'))
  const redis = engine === 'redis' ? await startRedis() : null
  const postgresql = engine === 'sqlite' ? null : await startPostgresql()
  const path = join(folder, 'scale.db')
  const settings = {
    SESSION_COOKIE_AGE: '1209600',
    GRAPHQL_TIMEOUT: '60',
    GRAPHQL_MAX_ROWS: '100000',
    DATABASE_URL: postgresql?.url ?? `file:${path}`,
    ...(redis && { SESSION_ENGINE: 'cache', CACHE_URL: redis.url }),
  }
  if (postgresql) {
    const env = { PATH: process.env.PATH, DATABASE_URL: postgresql.url }
    execFileSync(process.execPath, [resolve('dist/main.js'), 'migrate'], { env, stdio: 'ignore' })
  }
  const parts = { path, redis, postgresql, size }
  const server = await openServer(settings)
  try {
    const filled = await fill(server, parts)
    return { ...filled, ...(await ask(server, parts)) }
  } finally {
    await server.close()
    await postgresql?.stop()
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

const addTwo =
  'mutation { a: addCartItem(input: { sku: "hat-blue-57", quantity: 2 }) { __typename } b: addCartItem(input: { sku: "scarf-wool", quantity: 1 }) { __typename } updatePreferences(input: { theme: DARK, locale: "de-AT", currency: "EUR" }) { __typename } }'

/** Records as the server itself stores them, made many. Says what they take. */
async function fill({ app, url, ask }, { path, redis, postgresql, size }) {
  await ask(addTwo)
  const own = await ask('{ session { id } }')
  const guest = await post(url, addTwo, '')
  const guestId = (await post(url, '{ session { id } }', guest.cookie)).data.session.id
  const { store } = app.settings
  const template = async (id) => {
    const { version: _version, ...record } = await store.load(id)
    return record
  }
  const templates = { guest: await template(guestId), user: await template(own.session.id) }
  const [{ passwordHash: hash }] = await app.db.user.findMany({ take: 1 })
  const now = Date.now()
  const begun = performance.now()
  const options = { size, templates, now, hash, hasRecords: redis === null }
  if (postgresql) await fillPostgresql(postgresql.url, options)
  else await fillSqlite(path, options)
  if (redis) await fillRedis(redis.url, options)
  const seconds = (performance.now() - begun) / 1000
  return {
    'filled in, s': seconds.toFixed(0),
    ...(await bytesASession({ path, redis, postgresql, size })),
    'bytes of one record': Buffer.byteLength(sessionOf(size - 2, size, templates, now).data),
  }
}

async function bytesASession({ path, redis, postgresql, size }) {
  const figures = {}
  if (postgresql) {
    const db = new Client({ connectionString: postgresql.url })
    await db.connect()
    const { rows } = await db.query(
      `SELECT pg_relation_size('"Session"')::float AS rows, pg_indexes_size('"Session"')::float AS indexes`,
    )
    await db.end()
    figures['bytes on disk, row and indexes'] =
      `${Math.round(rows[0].rows / size)} + ${Math.round(rows[0].indexes / size)}`
  } else {
    const db = new BetterSqlite3(path)
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    figures['bytes on disk, row and indexes'] = Math.round(statSync(path).size / size)
  }
  if (redis) {
    const client = await createClient({ url: redis.url }).connect()
    const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1])
    client.destroy()
    figures['bytes in Redis'] = Math.round(used / (size - expiredOf(size)))
  }
  return figures
}

/** What the questions of visitors and staff cost, in milliseconds: median, and the longest in brackets. */
async function ask({ app, url, ask: askStaff }, { size }) {
  const figures = {}
  const inMiddle = Math.floor(size / 2) + 1
  const timed = async (what, times, work) => {
    const all = []
    for (let time = 0; time < times; time++) {
      const start = performance.now()
      await work(time)
      all.push(performance.now() - start)
    }
    figures[what] = `${quantile(all, 0.5).toFixed(1)} (${Math.max(...all).toFixed(0)})`
  }
  // Those of user 0 and the expired ones are for later.
  const span = size - ofOneUser(size) - expiredOf(size)
  const anyOf = (time) => ofOneUser(size) + ((time * 7919 * 104_729) % span)
  const look = async (time) => {
    const at = anyOf(time)
    const { data } = await post(url, '{ me { username } cart { totalQuantity } }', keyCookie(at))
    const owner = userOf(at, size)
    const name = owner && `user${Number(owner.slice(-12))}`
    if ((data.me?.username ?? null) !== name || data.cart.totalQuantity !== 3)
      throw new Error(`session ${at} does not open: ${JSON.stringify(data)}`)
  }
  await timed('{ me cart }, each another session, ms', 100, look)
  await timed('a write to the cart', 30, (time) =>
    post(
      url,
      'mutation { addCartItem(input: { sku: "hat" }) { __typename } }',
      keyCookie(anyOf(1000 + time)),
    ),
  )
  await timed('a login', 8, async (time) => {
    const variables = { username: `user${1 + time}` }
    const login =
      'mutation ($username: String!) { login(input: { username: $username, password: "chief of the bench" }) { __typename } }'
    const { data } = await post(url, login, '', variables)
    if (data.login.__typename !== 'LoginSuccess') throw new Error(JSON.stringify(data))
  })
  const page =
    'query ($after: String, $filter: SessionFilter) { sessions(first: 50, after: $after, filter: $filter) { nodes { id } } }'
  const listed = inMiddle - (inMiddle % 2)
  const { sessionRecord } = await askStaff(
    'query ($id: ID!) { sessionRecord(id: $id) { createdAt } }',
    { id: idOf(listed) },
  )
  const place = `sessions.${Date.parse(sessionRecord.createdAt)}.${idOf(listed)}`
  const after = Buffer.from(place).toString('base64url')
  const pageOf = (filter, from = null) => askStaff(page, { after: from, filter })
  await timed('a page of 50 from the middle', 15, () => pageOf({}, after))
  await timed('a page of one user', 15, (time) => pageOf({ userId: userId(5 + time) }))
  const address = sessionOf(listed, size, { guest: {}, user: {} }, 0).ipAddress
  await timed('a page of one address', 10, () => pageOf({ ipAddress: address }))
  await timed('a page of a common browser', 10, () => pageOf({ userAgentContains: 'firefox' }))
  await timed('a page of a browser that no visitor has', 2, () =>
    pageOf({ userAgentContains: 'netscape' }),
  )
  const endOf = async (id) => {
    for (;;) {
      const { revokeSessions } = await askStaff(
        'mutation ($userId: ID!) { revokeSessions(filter: { userId: $userId }) { ... on RevokeSessionsSuccess { isComplete } ... on Error { code } } }',
        { userId: id },
      )
      if (revokeSessions.isComplete !== false) return
    }
  }
  await timed('the end of one user, of ten sessions', 10, (time) => endOf(userId(21 + time)))
  await timed('the end of one with a tenth of all, 10,000 at most', 1, () => endOf(userId(0)))
  const begun = performance.now()
  const removed = await app.sessions.clearExpired({ client: null })
  const seconds = (performance.now() - begun) / 1000
  figures['expired rows cleared a second'] = `${Math.round(removed / seconds)} of ${removed}`
  return figures
}

const keyCookie = (at) => `sessionid=${keyOf(at)}`

async function post(url, query, cookie, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie && { cookie }) },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return { data, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie }
}
