import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'

export const idOf = (cookie) => createHash('sha256').update(cookie.split('=')[1]).digest('hex')

const columns = `"userId", "epoch", "lastSeenAt", "expiresAt", "absoluteExpiresAt", "ipAddress", "userAgent", "version", "data"`

/** As many sessions like that of `cookie`, which begins them, a second between one and the next. `cache`: where the records are. */
export async function multiply({ database, cache }, cookie, count) {
  const [name] = cookie.split('=')
  const cookies = Array.from(
    { length: count - 1 },
    () => `${name}=${randomBytes(32).toString('base64url')}`,
  )
  const [own, ids] = [idOf(cookie), cookies.map(idOf)]
  if (database.startsWith('file:')) inSqlite(database, own, ids)
  else await inPostgresql(database, own, ids)
  if (cache) await inRedis(cache, own, ids)
  return [cookie, ...cookies]
}

async function inPostgresql(database, own, ids) {
  const client = new Client({ connectionString: database })
  await client.connect()
  await client.query(
    `INSERT INTO "Session" ("id", "createdAt", ${columns})
     SELECT new.id, "createdAt" - new.at * interval '1 second', ${columns}
     FROM "Session" AS old, unnest($2::text[]) WITH ORDINALITY AS new (id, at) WHERE old.id = $1`,
    [own, ids],
  )
  await client.query('VACUUM ANALYZE "Session"')
  await client.query('CHECKPOINT')
  await client.end()
}

function inSqlite(database, own, ids) {
  const db = new BetterSqlite3(database.slice('file:'.length), { timeout: 60_000 })
  const insert = db.prepare(
    `INSERT INTO "Session" ("id", "createdAt", ${columns})
     SELECT ?, "createdAt" - ? * 1000, ${columns} FROM "Session" WHERE id = ?`,
  )
  db.transaction(() => ids.forEach((id, at) => insert.run(id, at + 1, own)))()
  db.exec('ANALYZE')
  db.close()
}

/** Copies the record, with an hour to live. */
async function inRedis(cache, own, ids) {
  const { port, hostname } = new URL(cache)
  const key = (id) => `coatcheck:session:${id}`
  const copy = `local text = redis.call('GET', KEYS[1])
    for at, key in ipairs(ARGV) do redis.call('SET', key, text, 'PX', 3600000) end
    return #ARGV`
  for (let at = 0; at < ids.length; at += 1000) {
    const words = ['EVAL', copy, '1', key(own), ...ids.slice(at, at + 1000).map(key)]
    const command = `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
    await new Promise((done, fail) => {
      const socket = connect(Number(port), hostname, () => socket.write(command))
      socket.on('error', fail)
      socket.once('data', (answer) => {
        socket.destroy()
        if (String(answer).startsWith(':')) done()
        else fail(new Error(String(answer)))
      })
    })
  }
}

/** How long after the instant that is written down as the end of its session each stream ended, in milliseconds. */
export async function sinceWritten({ database }, over) {
  const ids = over.map(({ id }) => id)
  const rows = database.startsWith('file:')
    ? readSqlite(database, ids)
    : await readPostgresql(database, ids)
  const endedAt = new Map(rows.map(({ id, at }) => [id, Number(at)]))
  return over.map(({ id, at }) => performance.timeOrigin + at - endedAt.get(id))
}

async function readPostgresql(database, ids) {
  const client = new Client({ connectionString: database })
  await client.connect()
  const { rows } = await client.query(
    `SELECT "id", extract(epoch FROM "endedAt") * 1000 AS at FROM "Session" WHERE "id" = ANY ($1)`,
    [ids],
  )
  await client.end()
  return rows
}

function readSqlite(database, ids) {
  const db = new BetterSqlite3(database.slice('file:'.length))
  const read = db.prepare('SELECT id, "endedAt" AS at FROM "Session" WHERE id = ?')
  const rows = ids.map((id) => read.get(id))
  db.close()
  return rows
}
