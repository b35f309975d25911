import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'
import {
  agents,
  loginsInSql,
  sessionOf,
  sessionsInSql,
  templateOf,
  userId,
  usersOf,
} from './scale-records.mjs'

const columns =
  '(id, "userId", epoch, "createdAt", "lastSeenAt", "expiresAt", "ipAddress", "userAgent", version, data)'
const userColumns =
  '(id, username, "usernameKey", "passwordHash", "isActive", "isStaff", epoch, "dateJoined")'

/** Puts users, sessions and an event for each login into a SQLite file that has been migrated. */
export function fillSqlite(path, { size, templates, now, hash }) {
  const db = new BetterSqlite3(path)
  db.pragma('foreign_keys = OFF')
  db.pragma('synchronous = OFF')
  const user = db.prepare(`INSERT INTO "User" ${userColumns} VALUES (?, ?, ?, ?, 1, 0, 0, ?)`)
  const session = db.prepare(
    `INSERT INTO "Session" ${columns} VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`,
  )
  const login = db.prepare(
    `INSERT INTO "AuditEvent" (id, at, type, "actorId", "subjectId", "sessionId", "ipAddress", "userAgent") VALUES (?, ?, 'LOGIN', ?, ?, ?, ?, ?)`,
  )
  const rows = `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('Session', 'AuditEvent')`
  const indexes = db.prepare(rows).all()
  for (const { name } of indexes) db.exec(`DROP INDEX "${name}"`)
  db.transaction(() => {
    for (let at = 0; at < usersOf(size); at++)
      user.run(userId(at), `user${at}`, `user${at}`, hash, now)
    for (let at = 0; at < size; at++) {
      const row = sessionOf(at, size, templates, now)
      const { id, owner, createdAt, expiresAt, ipAddress, userAgent, data } = row
      session.run(
        id,
        owner,
        owner && 0,
        createdAt,
        createdAt,
        expiresAt,
        ipAddress,
        userAgent,
        data,
      )
      if (owner === null) continue
      const hex = createdAt.toString(16).padStart(12, '0')
      const event = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${at.toString(16).padStart(12, '0')}`
      login.run(event, createdAt, owner, owner, id, ipAddress, userAgent)
    }
  })()
  for (const { sql } of indexes) db.exec(sql)
  db.exec('ANALYZE')
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

/**
 * The same into PostgreSQL, of tables whose indexes are made afterwards; without the events where Redis has the records. In a server of `wal_level=minimal` nothing of it is
 * written twice, because the transaction has emptied the tables itself.
 */
export async function fillPostgresql(url, { size, templates, now, hash, hasRecords }) {
  const db = new Client({ connectionString: url })
  await db.connect()
  await db.query("SET maintenance_work_mem = '1GB'")
  await db.query('SET max_parallel_maintenance_workers = 0')
  const { rows: indexes } = await db.query(
    `SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE tablename IN ('Session', 'AuditEvent') AND indexname NOT LIKE '%_pkey'`,
  )
  const { rows: constraints } = await db.query(
    `SELECT conrelid::regclass AS of, conname AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint
     WHERE conrelid IN ('"Session"'::regclass, '"AuditEvent"'::regclass) ORDER BY contype DESC`,
  )
  await db.query('BEGIN')
  await db.query('TRUNCATE "Session", "AuditEvent", "User"')
  for (const { name } of indexes) await db.query(`DROP INDEX "${name}"`)
  for (const { of, name } of constraints)
    await db.query(`ALTER TABLE ${of} DROP CONSTRAINT "${name}"`)
  await db.query(
    `INSERT INTO "User" ${userColumns}
     SELECT '00000000-0000-7000-8000-' || lpad(at::text, 12, '0'), 'user' || at, 'user' || at, $1, true, false, 0, now() FROM generate_series(0, $2::int) AS at`,
    [hash, usersOf(size) - 1],
  )
  const texts = [templateOf(templates.guest), templateOf(templates.user), agents]
  const sessions = `INSERT INTO "Session" ${columns} ${sessionsInSql(size, now, { hasRecords })}`
  const logins = `INSERT INTO "AuditEvent" (id, at, type, "actorId", "subjectId", "sessionId", "ipAddress", "userAgent") ${loginsInSql(size, now)}`
  for (let from = 0; from < size; from += 500_000) {
    const to = Math.min(size, from + 500_000) - 1
    await db.query(sessions, [...texts, from, to])
    if (hasRecords) await db.query(logins, [agents, from, to])
  }
  const primary = constraints.filter(({ text }) => text.startsWith('PRIMARY'))
  const foreign = constraints.filter(({ text }) => !text.startsWith('PRIMARY'))
  for (const { of, name, text } of primary)
    await db.query(`ALTER TABLE ${of} ADD CONSTRAINT "${name}" ${text}`)
  for (const { text } of indexes) await db.query(text)
  for (const { of, name, text } of foreign)
    await db.query(`ALTER TABLE ${of} ADD CONSTRAINT "${name}" ${text}`)
  await db.query('COMMIT')
  await db.query('VACUUM (FREEZE, ANALYZE)')
  await db.query('CHECKPOINT')
  await db.end()
}

/** Puts the records into Redis, as the server's store writes them, through one connection and several megabytes at a time. */
export async function fillRedis(url, { size, templates, now }) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await new Promise((done) => socket.once('connect', done))
  let answered = 0
  let wake = () => {}
  socket.on('data', (chunk) => {
    for (const byte of chunk) if (byte === 10) answered++
    if (chunk.includes('-')) throw new Error(chunk.toString().slice(0, 200))
    wake()
  })
  const lines = 5000
  for (let from = 0; from < size; from += lines) {
    let text = ''
    for (let at = from; at < Math.min(size, from + lines); at++) {
      const { id, expiresAt, data } = sessionOf(at, size, templates, now)
      const version = Buffer.from(id.slice(0, 24), 'hex').toString('base64url')
      // All of it is ASCII: a character is a byte.
      text += `*5\r\n$3\r\nSET\r\n$${18 + id.length}\r\ncoatcheck:session:${id}\r\n$${17 + data.length}\r\n${version}:${data}\r\n$4\r\nPXAT\r\n$13\r\n${expiresAt}\r\n`
    }
    socket.write(text, 'latin1')
    // Two batches are on their way while the next is made.
    while (from + lines - answered > 2 * lines) await new Promise((done) => (wake = done))
  }
  while (answered < size) await new Promise((done) => (wake = done))
  socket.destroy()
}

/**
 * Adds `count` sessions that expired a second ago to a place, their rows alone where Redis has the records, and says how many.
 * `run` is another number each time.
 */
export async function plantExpired({ engine, path, database, cache }, count, run) {
  const now = Date.now()
  const kept = cache ? '0, NULL' : `1, (SELECT data FROM "Session" WHERE data IS NOT NULL LIMIT 1)`
  const [begun, over] = [now - 86_400_000 * 13, now - 1000]
  if (engine === 'sqlite') {
    const db = new BetterSqlite3(path, { timeout: 60_000 })
    const plant = db.prepare(
      `INSERT INTO "Session" ${columns} SELECT ?, NULL, NULL, ?, ?, ?, ?, ?, ${kept}`,
    )
    db.transaction(() => {
      for (let at = 0; at < count; at++) {
        const id = createHash('sha256').update(`expired ${run} ${at}`).digest('hex')
        plant.run(
          id,
          begun + at * 5000,
          begun + at * 5000,
          over,
          `10.1.${at & 255}.${run}`,
          agents[at % 4],
        )
      }
    })()
    db.close()
    return count
  }
  const db = new Client({ connectionString: database })
  await db.connect()
  const time = (ms) => `to_timestamp((${ms}) / 1000.0) AT TIME ZONE 'UTC'`
  await db.query(
    `INSERT INTO "Session" ${columns}
     SELECT encode(sha256(convert_to('expired ${run} ' || at, 'UTF8')), 'hex'), NULL, NULL, ${time(`${begun} + at * 5000::bigint`)}, ${time(`${begun} + at * 5000::bigint`)}, ${time(over)},
       '10.1.' || (at & 255) || '.${run}', ($1::text[])[1 + at % 4], ${kept} FROM generate_series(0, $2::int - 1) AS at`,
    [agents, count],
  )
  await db.end()
  return count
}
