import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'
import { databaseKind } from '../dist/database/database.js'
import { Missing, startPostgresql } from './services.mjs'
import { ms, quantile } from './setting.mjs'

export const title = 'Requests while a million expired sessions are cleared'

const rows = 1_000_000

/** Seconds of one slice, without upkeep and with it in turns. */
const slice = 4

/** Requests a second, and how many visitors send as fast as they are answered. */
const loads = [
  { name: '50 a second', rate: 50 },
  { name: '4 visitors without a pause', visitors: 4 },
]

export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
  const figures = {}
  try {
    const file = `file:${join(folder, 'upkeep.db')}`
    figures['SQLite'] = await measureOn(file, plantSqlite)
    const postgresql = await startPostgresql().catch((error) => {
      if (error instanceof Missing) return null
      throw error
    })
    if (postgresql === null) return { ...figures, PostgreSQL: 'not installed' }
    try {
      figures['PostgreSQL'] = await measureOn(postgresql.url, plantPostgresql)
    } finally {
      await postgresql.stop()
    }
    return figures
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureOn(url, plant) {
  await databaseKind(url).migrate(url)
  await plant(url)
  const server = spawn(process.execPath, [resolve('bench/upkeep-server.mjs'), url], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  try {
    const [{ url: endpoint }] = await once(server, 'message')
    const steps = []
    server.on('message', (message) => steps.push(...(message.steps ?? [])))
    const visitors = await Promise.all(Array.from({ length: 8 }, () => newVisitor(endpoint)))
    const table = []
    for (const load of loads) {
      await run(visitors, load, 2) // warms up
      const times = { alone: [], beside: [] }
      for (let round = 0; round < 4; round++) {
        times.alone.push(...(await run(visitors, load, slice)))
        server.send(true)
        times.beside.push(...(await run(visitors, load, slice)))
        server.send(false)
        await once(server, 'message')
      }
      const removed = steps.reduce((sum, step) => sum + step.removed, 0)
      const took = steps.splice(0).map((step) => step.took)
      for (const [what, each] of Object.entries(times))
        table.push({
          load: load.name,
          upkeep: what === 'alone' ? 'no' : 'yes',
          requests: each.length,
          p50: ms(quantile(each, 0.5)),
          p99: ms(quantile(each, 0.99)),
          longest: ms(Math.max(...each)),
          ...(what === 'beside' && {
            'removed a second': Math.round(removed / (4 * slice)),
            'step p50': ms(quantile(took, 0.5)),
            'longest step': ms(Math.max(...took)),
          }),
        })
    }
    return table
  } finally {
    server.kill()
  }
}

/** Sends requests for so many seconds, and says how long each took, from when it was due. Every fourth one writes. */
async function run(visitors, { rate, visitors: count }, seconds) {
  const times = []
  const end = performance.now() + seconds * 1000
  const one = async (visitor, due) => {
    await visitor()
    times.push(performance.now() - due)
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

const write =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'

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
  await ask(write, { sku: 'first' })
  return () => (count++ % 4 === 0 ? ask(write, { sku: 'hat' }) : ask('{ cart { totalQuantity } }'))
}

const columns = '(id, "createdAt", "lastSeenAt", "expiresAt", version, data)'

async function plantSqlite(url) {
  const db = new BetterSqlite3(url.slice('file:'.length))
  const now = Date.now()
  db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO "Session" ${columns} SELECT lower(hex(randomblob(32))), ${now} - i * 100 - 600000, ${now} - i * 100,
      ${now} - i * 100 - 5000, 1, '{"data":{"cart":"' || hex(randomblob(120)) || '"}}' FROM n`)
  db.close()
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
