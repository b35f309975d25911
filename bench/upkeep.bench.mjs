import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'
import { databaseKind } from '../dist/database/database.js'
import { Missing, startPostgresql, startRedis } from './services.mjs'
import { ms, quantile } from './setting.mjs'
import { measureWhole as measureWholeBeside } from './upkeep-whole.mjs'

export const title =
  'Requests while a million expired sessions are cleared, beside the same requests without, in turns of one run'

const rows = 1_000_000

/** Seconds of one slice, without upkeep and with it in turns, and how many of each. */
const [slice, rounds] = [3, 6]

/** Requests a second, and how many visitors send as fast as they are answered. */
const loads = [
  { name: '50 a second', rate: 50 },
  { name: '4 visitors', visitors: 4 },
]

/** Where rows or files of sessions expire. The engine "cache" leaves rows in the database, and its records forget themselves. */
const places = {
  sqlite: async (folder) => {
    const settings = { DATABASE_URL: `file:${join(folder, 'upkeep.db')}` }
    await databaseKind(settings.DATABASE_URL).migrate(settings.DATABASE_URL)
    plantSqlite(settings.DATABASE_URL, true)
    return { settings, stop: async () => {} }
  },
  postgresql: async () => {
    const { url, stop } = await startPostgresql()
    await databaseKind(url).migrate(url)
    await plantPostgresql(url)
    return { settings: { DATABASE_URL: url }, stop, databaseUrl: url }
  },
  file: async (folder, isWhole) => {
    const settings = {
      DATABASE_URL: `file:${join(folder, 'file.db')}`,
      SESSION_ENGINE: 'file',
      SESSION_FILE_PATH: join(folder, 'sessions'),
    }
    await databaseKind(settings.DATABASE_URL).migrate(settings.DATABASE_URL)
    await plantFiles(settings.SESSION_FILE_PATH, isWhole ? 32 : 16)
    return { settings, stop: async () => {} }
  },
  cache: async (folder) => {
    const redis = await startRedis()
    const settings = {
      DATABASE_URL: `file:${join(folder, 'cache.db')}`,
      SESSION_ENGINE: 'cache',
      CACHE_URL: redis.url,
    }
    await databaseKind(settings.DATABASE_URL).migrate(settings.DATABASE_URL)
    plantSqlite(settings.DATABASE_URL, false)
    return { settings, stop: redis.stop }
  },
}

/**
 * `words`: places, such as `sqlite,file`; with `whole`, 50 requests a second go on until all is cleared, in turns with
 * as many without upkeep, for 320 seconds at most. UPKEEP_MOST says how many rows one step removes at the most.
 */
export async function measure(words) {
  const wanted = words.filter((word) => word !== 'whole')
  const isWhole = words.includes('whole')
  const measureIt = isWhole ? measureWhole : measureOn
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  const figures = {}
  try {
    for (const [name, open] of Object.entries(places)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      try {
        const { settings, stop, databaseUrl } = await open(folder, isWhole)
        const found = await measureIt(settings, databaseUrl).finally(stop)
        if (isWhole) {
          figures[name] = found.rows
          figures[`${name}, request by request`] = found.longest
        } else figures[name] = found
      } catch (error) {
        if (!(error instanceof Missing)) throw error
        figures[name] = error.message
      }
    }
    return figures
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** All of it, beside 50 requests a second. */
function measureWhole(settings, databaseUrl) {
  return withServer(settings, async ({ told, visitors }) => {
    await run(visitors, loads[0], 3)
    return measureWholeBeside({
      told,
      run: (seconds) => run(visitors, loads[0], seconds),
      databaseUrl,
    })
  })
}

function measureOn(settings) {
  return withServer(settings, inTurns)
}

async function withServer(settings, work) {
  const server = spawn(process.execPath, [resolve('bench/upkeep-server.mjs')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { PATH: process.env.PATH, UPKEEP_MOST: process.env.UPKEEP_MOST, ...settings },
  })
  try {
    const [{ url: endpoint }] = await once(server, 'message')
    /** Begins or stops to clear, and says what has been since the last call. */
    const told = async (mayClear) => {
      server.send({ mayClear })
      return (await once(server, 'message'))[0]
    }
    const visitors = await Promise.all(Array.from({ length: 8 }, () => newVisitor(endpoint)))
    return await work({ told, visitors })
  } finally {
    server.kill()
  }
}

async function inTurns({ told, visitors }) {
  const table = []
  for (const load of loads) {
    await run(visitors, load, 2) // warms up
    const seen = { no: { times: [], stalls: [] }, yes: { times: [], stalls: [] } }
    let [steps, holds] = [[], []]
    await told(false)
    for (let round = 0; round < rounds; round++) {
      seen.no.times.push(...(await run(visitors, load, slice)).map(timeOf))
      seen.no.stalls.push((await told(true)).stalls)
      seen.yes.times.push(...(await run(visitors, load, slice)).map(timeOf))
      const { stalls, ...more } = await told(false)
      seen.yes.stalls.push(stalls)
      steps = [...steps, ...more.steps]
      holds = [...holds, ...more.holds]
    }
    for (const [upkeep, { times, stalls }] of Object.entries(seen)) {
      const took = steps.map((step) => step.took)
      const removed = steps.reduce((sum, step) => sum + step.removed, 0)
      table.push({
        load: load.name,
        upkeep,
        requests: times.length,
        p50: ms(quantile(times, 0.5)),
        p99: ms(quantile(times, 0.99)),
        'p99.9': ms(quantile(times, 0.999)),
        longest: ms(Math.max(...times)),
        'loop stood still': ms(Math.max(...stalls.map((each) => each.longest))),
        'in the median slice': ms(
          quantile(
            stalls.map((each) => each.longest),
            0.5,
          ),
        ),
        ...(upkeep === 'yes' && {
          'removed a second': Math.round(removed / (rounds * slice)),
          'step p50': ms(quantile(took, 0.5)),
          'p99 ': ms(quantile(took, 0.99)),
          'longest step': ms(Math.max(...took)),
          ...(holds.length > 0 && {
            'writer kept out p50': ms(quantile(holds.map(timeOf), 0.5)),
            'p99.9 ': ms(quantile(holds.map(timeOf), 0.999)),
            'at most': ms(Math.max(...holds.map(timeOf))),
          }),
        }),
      })
    }
  }
  return table
}

const timeOf = ({ from, to }) => to - from

/** Sends requests for so many seconds, and says from when to when each took: from when it was due. Every fourth one writes. */
async function run(visitors, { rate, visitors: count }, seconds) {
  const times = []
  const end = performance.now() + seconds * 1000
  const one = async (visitor, due) => {
    await visitor()
    const [from, to] = [due, performance.now()].map((time) => performance.timeOrigin + time)
    times.push({ from, to })
  }
  if (rate === undefined) {
    const busy = visitors.slice(0, count).map(async (visitor) => {
      while (performance.now() < end) await one(visitor, performance.now())
    })
    await Promise.all(busy)
    return times
  }
  const sent = []
  for (let at = 0; performance.now() < end; at++) {
    sent.push(one(visitors[at % visitors.length], performance.now()))
    await sleep(1000 / rate)
  }
  await Promise.all(sent)
  return times
}

const write = `mutation ($quantity: Int!) {
  setCartItemQuantity(input: { sku: "hat", quantity: $quantity }) { __typename ... on Error { code } }
}`

async function newVisitor(endpoint) {
  let cookie = ''
  let count = 0
  const ask = async (query, variables) => {
    const headers = { 'content-type': 'application/json', cookie }
    const body = JSON.stringify({ query, variables })
    const response = await fetch(endpoint, { method: 'POST', headers, body })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const { data, errors } = await response.json()
    if (errors) throw new Error(JSON.stringify(errors))
    return data
  }
  // Each write is another number, of those that a line takes.
  const change = async () => {
    const { setCartItemQuantity: outcome } = await ask(write, { quantity: 1 + (count % 999) })
    if (outcome.__typename !== 'CartSuccess') throw new Error(JSON.stringify(outcome))
  }
  await change()
  return () => (count++ % 4 === 0 ? change() : ask('{ cart { totalQuantity } }'))
}

const columns = '(id, "createdAt", "lastSeenAt", "expiresAt", version, data)'

/** Rows with the records in them, or without, as other engines leave them. */
function plantSqlite(url, hasRecords) {
  const db = new BetterSqlite3(url.slice('file:'.length))
  const now = Date.now()
  const data = hasRecords ? `'{"data":{"cart":"' || hex(randomblob(120)) || '"}}'` : 'NULL'
  db.pragma('synchronous = OFF')
  db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO "Session" ${columns} SELECT lower(hex(randomblob(32))), ${now} - i * 100 - 600000, ${now} - i * 100,
      ${now} - i * 100 - 5000, 1, ${data} FROM n`)
  db.close()
}

/** As many files in a directory as each of 256 has of a million; so many of them as the time that this takes is enough for. */
async function plantFiles(path, shards) {
  const { createFileStore } = await import('../dist/session/stores/file.js')
  const store = createFileStore({ path: join(path, '..', 'pattern') })
  const id = '0'.repeat(64)
  const clocks = { createdAt: 0, lastSeenAt: 0, expiresAt: 1000, absoluteExpiresAt: null }
  const cart = { lines: [], note: 'x'.repeat(240) }
  await store.create(id, { ...clocks, auth: null, data: { cart }, expiry: null })
  const pattern = join(path, '..', 'pattern', '00', id)
  for (let shard = 0; shard < shards; shard++) {
    const folder = join(path, shard.toString(16).padStart(2, '0'))
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (let at = 0; at < rows / 256; at++) {
      const name = shard.toString(16).padStart(2, '0') + randomBytes(31).toString('hex')
      cpSync(pattern, join(folder, name), { recursive: true })
    }
  }
  chmodSync(path, 0o700)
}

async function plantPostgresql(url) {
  const client = new Client({ connectionString: url })
  await client.connect()
  const ago = (more) => `now() AT TIME ZONE 'UTC' - (i * 0.1 + ${more}) * interval '1 second'`
  await client.query(`INSERT INTO "Session" ${columns} SELECT
    md5(i::text) || md5('x' || i::text), ${ago(600)}, ${ago(0)}, ${ago(5)}, 1,
    '{"data":{"cart":"' || repeat(md5(random()::text), 7) || '"}}' FROM generate_series(1, ${rows}) AS i`)
  await client.query('ANALYZE')
  await client.end()
}
