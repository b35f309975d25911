import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { databaseKind } from '../dist/database/database.js'
import { plantingOf } from './admin-rows.mjs'
import { startPostgresql } from './services.mjs'

const rows = new URL('./admin-rows.mjs', import.meta.url)

/** Filling takes minutes, and most of its rows are told by how long ago they are: so long they are kept, in milliseconds. */
const keptFor = 12 * 3_600_000

/**
 * A database of so many rows: its URL, and what stops it. With ADMIN_ROWS, the path of a folder, it is filled there once,
 * and taken from there by every run of the next hours.
 */
export async function openDatabase(kind, size) {
  const folder = process.env.ADMIN_ROWS
  if (!folder) {
    const made = mkdtempSync(join(tmpdir(), 'coatcheck-bench-'))
    const { url, stop } = await openIn(made, kind, size)
    return {
      url,
      async stop() {
        await stop()
        rmSync(made, { recursive: true, force: true })
      },
    }
  }
  mkdirSync(folder, { recursive: true })
  return openIn(join(folder, `${kind}-${size}`), kind, size)
}

async function openIn(folder, kind, size) {
  const note = join(folder, 'filled.json')
  const wanted = createHash('sha1').update(readFileSync(rows)).digest('hex')
  const { made, at } = existsSync(note) ? JSON.parse(readFileSync(note, 'utf8')) : {}
  const isFilled = made === wanted && Date.now() - at < keptFor
  if (!isFilled) rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755) // the system's user of the PostgreSQL server gets in
  const { url, stop } = await start(folder, kind)
  await databaseKind(url).migrate(url)
  if (!isFilled) {
    await fill[kind](url, plantingOf(kind, size))
    writeFileSync(note, JSON.stringify({ made: wanted, at: Date.now() }))
  }
  return { url, stop }
}

async function start(folder, kind) {
  if (kind === 'postgresql') return startPostgresql({ keep: join(folder, 'server') })
  return { url: `file:${join(folder, 'bench.db')}`, stop: async () => {} }
}

/** Indexes are made when the rows are there: a tenth of the time. */
const fill = {
  async sqlite(url, parts) {
    const { default: Sqlite } = await import('better-sqlite3')
    const file = new Sqlite(url.slice('file:'.length))
    for (const pragma of ['journal_mode = OFF', 'synchronous = OFF', 'cache_size = -400000'])
      file.pragma(pragma)
    const asked = `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`
    const indexes = file.prepare(asked).all()
    for (const { name } of indexes) file.exec(`DROP INDEX "${name}"`)
    for (const part of parts) file.exec(part)
    for (const { sql } of indexes) file.exec(sql)
    file.close()
  },

  /** Its statistics are those that a server has by itself after some minutes: autovacuum analyzes what has grown. */
  async postgresql(url, parts) {
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '256MB'`)
    await client.query('SET session_replication_role = replica') // foreign keys hold by construction
    const { rows: indexes } = await client.query(
      `SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%pkey'`,
    )
    for (const { name } of indexes) await client.query(`DROP INDEX "${name}"`)
    for (const part of parts) await client.query(part)
    for (const { sql } of indexes) await client.query(sql)
    await client.query('VACUUM ANALYZE')
    await client.end()
  },
}
