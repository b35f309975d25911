import { createClient } from '@redis/client'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'

const tables = ['Session', 'AuditEvent', 'User']

/** What a place takes: bytes of disk for a session and for an event of the audit, rows and indexes, and bytes of Redis' memory. */
export async function taken(place) {
  const { engine, cache } = place
  const sizes = engine === 'sqlite' ? inSqlite(place) : await inPostgresql(place)
  const figures = {}
  for (const [table, { rows, bytes, indexes }] of Object.entries(sizes))
    if (rows > 0)
      figures[`bytes on disk of a row of ${table}, and of its place in the indexes`] =
        `${Math.round(bytes / rows)} + ${Math.round(indexes / rows)}`
  const total = Object.values(sizes).reduce((sum, { bytes, indexes }) => sum + bytes + indexes, 0)
  figures['bytes on disk in all, for each session'] = Math.round(total / place.size)
  if (cache) {
    const client = await createClient({ url: cache }).connect()
    const memory = await client.info('memory')
    client.destroy()
    const of = (name) => Number(new RegExp(`${name}:(\\d+)`).exec(memory)[1])
    figures['bytes of Redis for each session: used, of the process'] =
      `${Math.round(of('used_memory') / place.size)}, ${Math.round(of('used_memory_rss') / place.size)}`
  }
  return figures
}

async function inPostgresql({ database }) {
  const db = new Client({ connectionString: database })
  await db.connect()
  const { rows } = await db.query(
    `SELECT relname AS name, reltuples AS rows, pg_table_size(oid)::float AS bytes, pg_indexes_size(oid)::float AS indexes
     FROM pg_class WHERE relname = ANY($1) AND relkind = 'r'`,
    [tables],
  )
  await db.end()
  return Object.fromEntries(rows.map(({ name, ...sizes }) => [name, sizes]))
}

/** SQLite counts the pages of each table and of each index. What is free again counts to none. */
function inSqlite({ path }) {
  const db = new BetterSqlite3(path)
  const pages = db.prepare(
    `SELECT type, sum(pgsize) AS bytes FROM dbstat JOIN sqlite_schema USING (name)
     WHERE aggregate = 1 AND tbl_name = ? GROUP BY type`,
  )
  const sizeOf = (name) => {
    const { table, index } = Object.fromEntries(
      pages.all(name).map(({ type, bytes }) => [type, bytes]),
    )
    const rows = db.prepare(`SELECT count(*) FROM "${name}"`).pluck().get()
    return { rows, bytes: table, indexes: index }
  }
  const sizes = Object.fromEntries(tables.map((name) => [name, sizeOf(name)]))
  db.close()
  return sizes
}
