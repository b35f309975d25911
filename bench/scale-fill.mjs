import { connect } from 'node:net'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'
import { agents, sessionOf, sessionsInSql, templateOf, userId, usersOf } from './scale-records.mjs'

/** Puts users and sessions into the SQLite file; without records where another engine keeps them. */
export async function fillSqlite(path, { size, templates, now, hash, hasRecords }) {
  const db = new BetterSqlite3(path, { timeout: 60_000 })
  db.pragma('foreign_keys = OFF')
  const user = db.prepare(
    `INSERT INTO "User" (id, username, "usernameKey", "passwordHash", "isActive", "isStaff", epoch, "dateJoined") VALUES (?, ?, ?, ?, 1, 0, 0, ?)`,
  )
  const session = db.prepare(
    `INSERT INTO "Session" (id, "userId", epoch, "createdAt", "lastSeenAt", "expiresAt", "ipAddress", "userAgent", version, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  await inParts(usersOf(size), (from, to) =>
    db.transaction(() => {
      for (let at = from; at < to; at++) user.run(userId(at), `user${at}`, `user${at}`, hash, now)
    })(),
  )
  await inParts(size, (from, to) =>
    db.transaction(() => {
      for (let at = from; at < to; at++) {
        const { id, owner, createdAt, expiresAt, ...more } = sessionOf(at, size, templates, now)
        if (!hasRecords && owner === null) continue
        const values = [id, owner, owner && 0, createdAt, createdAt, expiresAt]
        const kept = hasRecords ? [1, more.data] : [0, null]
        session.run(...values, more.ipAddress, more.userAgent, ...kept)
      }
    })(),
  )
  db.exec('ANALYZE')
  db.close()
}

/** The server lives in this process: between the parts it has a turn. */
async function inParts(size, work) {
  for (let from = 0; from < size; from += 20_000) {
    work(from, Math.min(size, from + 20_000))
    await new Promise((done) => setImmediate(done))
  }
}

/** The same into PostgreSQL: without indexes, which are made again afterwards. */
export async function fillPostgresql(url, { size, templates, now, hash }) {
  const db = new Client({ connectionString: url })
  await db.connect()
  await db.query("SET maintenance_work_mem = '1GB'")
  await db.query("ALTER SYSTEM SET max_wal_size = '8GB'")
  await db.query('SELECT pg_reload_conf()')
  const { rows: indexes } = await db.query(
    `SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE tablename = 'Session' AND indexname <> 'Session_pkey'`,
  )
  for (const { name } of indexes) await db.query(`DROP INDEX "${name}"`)
  await db.query(
    'ALTER TABLE "Session" DROP CONSTRAINT "Session_pkey", DROP CONSTRAINT "Session_userId_fkey"',
  )
  await db.query(
    `INSERT INTO "User" (id, username, "usernameKey", "passwordHash", "isActive", "isStaff", epoch, "dateJoined")
     SELECT '00000000-0000-7000-8000-' || lpad(at::text, 12, '0'), 'user' || at, 'user' || at, $1, true, false, 0, now() FROM generate_series(0, $2::int) AS at`,
    [hash, usersOf(size) - 1],
  )
  const texts = [templateOf(templates.guest), templateOf(templates.user), agents]
  const sql = sessionsInSql(size, now)
  for (let from = 0; from < size; from += 500_000)
    await db.query(sql, [...texts, from, Math.min(size, from + 500_000) - 1])
  await db.query('ALTER TABLE "Session" ADD CONSTRAINT "Session_pkey" PRIMARY KEY (id)')
  for (const { text } of indexes) await db.query(text)
  await db.query(
    'ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"(id) ON DELETE CASCADE ON UPDATE CASCADE',
  )
  await db.query('VACUUM ANALYZE')
  await db.end()
}

/** Puts the records that have not expired into Redis, as the server's store writes them. */
export async function fillRedis(url, { size, templates, now }) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await new Promise((done) => socket.once('connect', done))
  let answered = 0
  socket.on('data', (chunk) => {
    for (const byte of chunk) if (byte === 10) answered++
  })
  let sent = 0
  for (let from = 0; from < size; from += 5000) {
    let text = ''
    for (let at = from; at < Math.min(size, from + 5000); at++) {
      const { id, expiresAt, data } = sessionOf(at, size, templates, now)
      if (expiresAt <= now) continue
      const version = Buffer.from(id.slice(0, 24), 'hex').toString('base64url')
      const words = ['SET', `coatcheck:session:${id}`, `${version}:${data}`, 'PXAT', `${expiresAt}`]
      text += `*5\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
      sent++
    }
    socket.write(text)
    while (sent - answered > 20_000) await new Promise((done) => setImmediate(done))
  }
  while (answered < sent) await new Promise((done) => setImmediate(done))
  socket.destroy()
}
