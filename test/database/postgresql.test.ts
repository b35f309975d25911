import { createServer, connect as dial } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { DatabaseUnavailable, isOutage } from '../../src/database/errors.ts'
import { removal } from '../../src/database/removal.ts'
import { createPool } from '../../src/database/postgresql-pool.ts'
import { readPostgresqlUrl } from '../../src/database/postgresql-url.ts'
import { run, statement } from '../../src/database/statements.ts'
import { isSettled } from '../../src/waiting/settled.ts'
import { startServer } from '../harness.ts'
import { pgbouncerProgram, startPgbouncer } from '../pgbouncer-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const kind = databaseKind('postgresql://any')

describe('the parameters of a postgresql:// URL', () => {
  const base = 'postgresql://ada:s3cret@127.0.0.1:1/shop'

  test.each([
    'max=3',
    'statement_timeout=5',
    'sslaccept=strict',
    'Schema=shop',
    'connection_limit=0',
    'connection_limit=many',
    'pool_timeout=0',
    'sslmode=prefer',
    'schema=',
    'statement_cache_size=100',
  ])('every command refuses the URL parameter %s by its name', async (parameter) => {
    const url = `${base}?application_name=x&${parameter}`
    const [name] = parameter.split('=')
    for (const refused of [kind.migrate(url), kind.pending(url), kind.open(url, {})])
      await expect(refused).rejects.toThrow(new RegExp(`^DATABASE_URL: .*parameter ${name} ?`))
  })

  test('the parameters of a postgresql:// URL are read with the meaning that Prisma gives them', () => {
    const words =
      'schema=shop&connection_limit=3&pool_timeout=4&connect_timeout=5&socket_timeout=6&pgbouncer=true&sslmode=disable'
    expect(readPostgresqlUrl(`${base}?${words}`)).toMatchObject({
      schema: 'shop',
      places: 3,
      placeTime: 4000,
      connectTime: 5000,
      statementTime: 6000,
      url: `${base}?sslmode=disable`,
    })
    expect(readPostgresqlUrl(base)).toMatchObject({ schema: 'public', places: 10, url: base })
  })

  test.each([
    'postgresql://ada:s3#cret@host/shop',
    'postgresql://ada:#s3cret@host/shop',
    'postgresql://ada:s3?cret@host/shop',
    'postgresql://ada:1?s3cret@host/shop',
    'postgresql://ada:s3/cret@[host/shop',
  ])('%s is refused as no URL, in a sentence without the password', async (url) => {
    const error: Error = await kind.migrate(url).then(
      () => expect.fail(),
      (thrown) => thrown,
    )
    expect(error.message).toMatch(/^DATABASE_URL: It cannot be read as a URL\./)
    expect(JSON.stringify([error.message, error.stack, error.cause])).not.toMatch(/s3|cret/)
  })
})

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let postgresql: PostgresqlServer
  let url: string
  let root: Pool
  beforeAll(async () => {
    postgresql = await startPostgresql()
    url = await postgresql.database()
    root = new Pool({ connectionString: url, max: 3 })
  })
  afterAll(async () => {
    await root?.end()
    await postgresql?.stop()
  })

  const connections = async (database: string) => {
    const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`
    const { rows } = await root.query<{ n: number }>(sql, [database])
    return rows[0]?.n ?? 0
  }
  const sleeping = async () => {
    const sql = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state <> 'idle' AND pid <> pg_backend_pid()`
    return (await root.query<{ n: number }>(sql)).rows[0]?.n
  }

  test('a query after the database was closed is refused, and opens no connection', async () => {
    const own = await postgresql.database()
    const db = await kind.open(own, {})
    await db.user.count()
    await db.$disconnect()
    await expect(db.user.count()).rejects.toThrow('The database is closed.')
    await expect(db.$transaction(async (tx) => tx.user.count())).rejects.toThrow('is closed.')
    await expect.poll(() => connections(new URL(own).pathname.slice(1))).toBe(0)
  })

  test('schema= is where migrate puts the tables, and where the server looks for them', async () => {
    const empty = await postgresql.database({ isEmpty: true })
    const inShop = `${empty}?schema=The%20Shop`
    expect(await kind.pending(inShop)).not.toEqual([])
    expect(await kind.migrate(inShop)).not.toEqual([])
    expect(await kind.migrate(inShop)).toEqual([])
    expect(await kind.pending(inShop)).toEqual([])
    expect(await kind.pending(empty)).not.toEqual([])
    const db = await kind.open(inShop, {})
    try {
      await db.attempt.create({ data: { key: 'here', points: 1 } })
      expect(await db.attempt.count()).toBe(1)
      const where = `SELECT schemaname FROM pg_tables WHERE tablename IN ('Attempt', '_prisma_migrations')`
      expect(await db.$queryRawUnsafe(where)).toEqual(Array(2).fill({ schemaname: 'The Shop' }))
    } finally {
      await db.$disconnect()
    }
  })

  test('PostgreSQL removes expired sessions by their ids, also where its statistics know of no expired one', async () => {
    const db = await kind.open(await postgresql.database(), {})
    try {
      const plant = (expiresAt: string, from: number, count: number) =>
        db.$executeRawUnsafe(
          `INSERT INTO "Session" (id, "createdAt", "lastSeenAt", "expiresAt")
           SELECT 'planted-' || at, now(), now(), ${expiresAt} FROM generate_series(${from}, ${from + count - 1}) AS at`,
        )
      await plant(`timestamp '2126-01-01'`, 0, 20_000)
      await db.$executeRawUnsafe('ANALYZE "Session"')
      await plant(`timestamp '1970-01-01 00:00:01' + (at - 20000) * interval '1 ms'`, 20_000, 5000)
      const { sql } = removal('Session', 'id', 'expiresAt')
      const explained = sql
        .replaceAll('$1', `'1970-01-01'`)
        .replaceAll('$2', `'2026-01-01'`)
        .replace('$3', '500')
      const planOf = async (text: string) => {
        const lines = await db.$queryRawUnsafe<Record<string, string>[]>(`EXPLAIN ${text}`)
        return lines.map((line) => line['QUERY PLAN']).join('\n')
      }
      expect(await planOf(explained)).toMatch('"Session_pkey" on "Session"')
      expect(await planOf(explained.replace(' IS TRUE', ''))).not.toMatch('"Session_pkey"')
      const values = [new Date(0), new Date(Date.UTC(2026, 0)), 500]
      const removed = await db.statements.write(removal('Session', 'id', 'expiresAt'), values)
      expect(removed.count).toBe(500)
      expect(removed.rows.map(({ at }) => at).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 500 }, (_, at) => 1000 + at),
      )
    } finally {
      await db.$disconnect()
    }
  })

  test('a connection to PostgreSQL that removed expired rows from a table of ten finds them by an index once the table has ten thousand', async () => {
    const db = await kind.open(`${await postgresql.database()}?connection_limit=1`, {})
    try {
      const plant = (from: number, count: number) =>
        db.$executeRawUnsafe(
          `INSERT INTO "Session" (id, "createdAt", "lastSeenAt", "expiresAt", data)
           SELECT 'planted-' || at, now(), now(), timestamp '1970-01-01 00:00:01' + at * interval '1 ms', repeat('x', 1500)
           FROM generate_series(${from}, ${from + count - 1}) AS at`,
        )
      const remove = (limit: number) =>
        db.statements.write(removal('Session', 'id', 'expiresAt'), [new Date(0), new Date(), limit])
      const readInAll = async () => {
        await db.$queryRaw`SELECT pg_stat_force_next_flush()::text`
        const [found] = await db.$queryRaw<{ read: number }[]>`
          SELECT seq_tup_read::int AS read FROM pg_stat_user_tables WHERE relname = 'Session'`
        return found?.read ?? Number.NaN
      }
      await plant(0, 10)
      await db.$executeRawUnsafe('ANALYZE "Session"')
      for (let times = 0; times < 8; times++) await remove(0)
      await plant(10, 10_000)
      const before = await readInAll()
      for (let times = 0; times < 5; times++) expect((await remove(100)).count).toBe(100)
      expect((await readInAll()) - before).toBeLessThan(1000)
    } finally {
      await db.$disconnect()
    }
  })

  test('what PostgreSQL has stored without its synchronous replica, because the wait for that was cancelled, fails as what may have been stored', async () => {
    const url = await postgresql.database()
    const db = await kind.open(`${url}?connection_limit=2&socket_timeout=1`, {})
    const plant = statement(
      `INSERT INTO "User" (id, username, "usernameKey", "passwordHash") VALUES ($1, $1, $1, '')`,
    )
    const wait = async (names: string) => {
      await postgresql.ask(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`)
      await postgresql.ask('SELECT pg_reload_conf()')
    }
    const named = (name: string) => ({
      data: { username: name, usernameKey: name, passwordHash: '' },
    })
    const ways: Record<string, () => PromiseLike<unknown>> = {
      alone: async () => db.statements.write(plant, ['alone']),
      together: async () => db.statements.transaction(() => run(plant, ['together'])),
      prisma: () => db.user.create(named('prisma')),
      both: () => db.$transaction((tx) => tx.user.create(named('both'))),
    }
    try {
      await wait('away')
      await vi.waitFor(async () =>
        expect(await postgresql.ask('SHOW synchronous_standby_names')).toEqual([
          { synchronous_standby_names: 'away' },
        ]),
      )
      for (const [name, write] of Object.entries(ways)) {
        const error = await write().then(
          () => null,
          (thrown: unknown) => thrown,
        )
        expect([name, isOutage(error), isSettled(error)]).toEqual([name, true, false])
      }
    } finally {
      await wait('')
    }
    expect(await db.user.count()).toBe(Object.keys(ways).length)
    await db.user.create(named('after'))
    await db.$disconnect()
  })

  test('PostgreSQL commits what no visitor waits for without a wait for the disk, and the next commit on that connection with one', async () => {
    const db = await kind.open(`${await postgresql.database()}?connection_limit=1`, {})
    const setting = statement<{ readonly commit: string }>(
      `SELECT current_setting('synchronous_commit') AS commit`,
    )
    try {
      for (let times = 0; times < 2; times++) {
        expect((await db.writeAside(setting, [])).rows).toEqual([{ commit: 'off' }])
        expect(await db.statements.first(setting, [])).toEqual({ commit: 'on' })
      }
    } finally {
      await db.$disconnect()
    }
  })

  test('a vacuum of PostgreSQL after many sessions were removed leaves the empty pages in the table', async () => {
    const db = await kind.open(await postgresql.database(), {})
    const size = async () => {
      const [found] = await db.$queryRaw<{ bytes: number }[]>`
        SELECT pg_relation_size('"Session"')::int AS bytes`
      return found?.bytes ?? 0
    }
    try {
      await db.$executeRawUnsafe(
        `INSERT INTO "Session" (id, "createdAt", "lastSeenAt", "expiresAt", data)
         SELECT 'planted-' || at, now(), now(), now(), repeat('x', 700) FROM generate_series(1, 20000) AS at`,
      )
      const before = await size()
      await db.$executeRawUnsafe('DELETE FROM "Session"')
      await db.$executeRawUnsafe('VACUUM "Session"')
      expect(before).toBeGreaterThan(10_000_000)
      expect(await size()).toBe(before)
      await db.$executeRawUnsafe('VACUUM (TRUNCATE on) "Session"')
      expect(await size()).toBe(0)
    } finally {
      await db.$disconnect()
    }
  })

  test('migrate leaves what an operator has set for the vacuum of a table, and sets it where no operator has', async () => {
    const own = await postgresql.database()
    const db = await kind.open(own, {})
    const options = () => db.$queryRaw`
      SELECT relname::text AS name, reloptions::text AS options FROM pg_class
      WHERE relname IN ('Session', 'AuditEvent') AND relkind = 'r' ORDER BY relname`
    try {
      await db.$executeRawUnsafe('ALTER TABLE "Session" SET (vacuum_truncate = on)')
      await db.$executeRawUnsafe('ALTER TABLE "AuditEvent" RESET (vacuum_truncate)')
      expect(await kind.migrate(own)).toEqual([])
      expect(await options()).toEqual([
        { name: 'AuditEvent', options: '{vacuum_truncate=off}' },
        { name: 'Session', options: '{vacuum_truncate=on}' },
      ])
    } finally {
      await db.$disconnect()
    }
  })

  test('connection_limit= is the most connections of a process to PostgreSQL', async () => {
    const own = await postgresql.database()
    const db = await kind.open(`${own}?connection_limit=3`, {})
    try {
      const counts = Array.from({ length: 12 }, async () => {
        // Long enough for a busy machine to open three meanwhile.
        await db.$queryRaw`SELECT pg_sleep(0.5)::text`
        return connections(own.split('/').at(-1) ?? '')
      })
      expect(Math.max(...(await Promise.all(counts)))).toBe(3)
    } finally {
      await db.$disconnect()
    }
  })

  test('a statement for which PostgreSQL grants no new connection waits for one of the pool', async () => {
    await root.query(
      'CREATE ROLE modest LOGIN CONNECTION LIMIT 3; GRANT pg_write_all_data, pg_read_all_data TO modest',
    )
    const db = await kind.open(url.replace('test@', 'modest@'), {})
    try {
      for (let round = 0; round < 2; round++) {
        const work = Array.from({ length: 30 }, () => db.$queryRaw`SELECT pg_sleep(0.01)::text`)
        await Promise.all(work)
      }
      const transactions = Array.from({ length: 12 }, (_, at) =>
        db.$transaction(async (tx) => tx.attempt.create({ data: { key: `m${at}`, points: 1 } })),
      )
      expect(await Promise.all(transactions)).toHaveLength(12)
    } finally {
      await db.$disconnect()
    }
  })

  test('a statement that gets no connection fails after pool_timeout with a sentence, and is not done later', async () => {
    const db = await kind.open(`${url}?connection_limit=1&pool_timeout=1`, {})
    try {
      const slow = db.$queryRaw`SELECT pg_sleep(2)::text`.then(() => 'done') // begins with then
      const write = db.attempt.create({ data: { key: 'without a place', points: 1 } })
      await expect(write).rejects.toThrow(/^DATABASE_URL: None of this server's connections/)
      await slow
      expect(await db.attempt.count({ where: { key: 'without a place' } })).toBe(0)
    } finally {
      await db.$disconnect()
    }
  })

  test('a row that PostgreSQL refuses costs no connection', async () => {
    const own = await postgresql.database()
    const db = await kind.open(`${own}?connection_limit=1`, {})
    const pid = async () =>
      (await db.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`)[0].pid
    try {
      const before = await pid()
      const row = { data: { key: 'twice', points: 1 } }
      await db.attempt.create(row)
      await expect(db.attempt.create(row)).rejects.toMatchObject({ code: 'P2002' })
      expect(await pid()).toBe(before)
    } finally {
      await db.$disconnect()
    }
  })

  test('the pool keeps two connections to PostgreSQL through any silence', async () => {
    const pool = createPool(readPostgresqlUrl(url), { statementTime: 5000, idleTime: 50 })
    try {
      await Promise.all(Array.from({ length: 5 }, () => pool.query('SELECT pg_sleep(0.05)')))
      await expect.poll(() => pool.totalCount).toBe(2)
      await sleep(300)
      expect(pool.totalCount).toBe(2)
    } finally {
      await pool.end()
    }
  })

  test('a burst of statements uses the open connections to PostgreSQL where a new one takes longer than any request waits', async () => {
    const relay = await startRelay(url)
    const db = await kind.open(`${relay.url}?pool_timeout=20`, {})
    try {
      await Promise.all([db.attempt.count(), db.attempt.count()])
      relay.hold(60_000)
      const burst = Array.from({ length: 25 }, () => db.attempt.count())
      expect(await Promise.all(burst)).toHaveLength(25)
    } finally {
      await relay.stop()
      await db.$disconnect()
    }
  })

  test('a server answers its visitors where each new connection to PostgreSQL takes most of a second', async () => {
    const relay = await startRelay(url)
    const server = await startServer({ DATABASE_URL: relay.url, SESSION_STORE_TIMEOUT: '' })
    relay.hold(700)
    try {
      const burst = Array.from({ length: 12 }, (_, at) =>
        server.visitor(`${at}`.padStart(43, 'A')).send('{ me { id } }'),
      )
      expect((await Promise.all(burst)).map(({ status }) => status)).toEqual(Array(12).fill(200))
    } finally {
      await server.stop()
      await relay.stop()
    }
  })

  test.each([
    ['browser_index', 'userAgent'],
    ['idle_index', 'lastSeenAt'],
  ])('migrate takes the index of %s that an operator has built before', async (of, column) => {
    const own = await postgresql.database()
    const client = new Client({ connectionString: own })
    await client.connect()
    try {
      const migration = `SELECT migration_name AS name FROM _prisma_migrations WHERE migration_name LIKE '%_${of}'`
      const { rows } = await client.query(migration)
      await client.query(`DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_${of}'`)
      await client.query(`DROP INDEX "Session_${column}_idx"`)
      await client.query(
        `CREATE INDEX CONCURRENTLY IF NOT EXISTS "Session_${column}_idx" ON "Session"("${column}")`,
      )
      expect(await kind.migrate(own)).toEqual(rows.map(({ name }) => name))
      expect((await client.query(migration)).rows).toEqual(rows)
      expect(rows).toHaveLength(1)
    } finally {
      await client.end()
    }
  })

  test('migrate builds an index anew that an operator could not build CONCURRENTLY, and says so', async () => {
    const own = await postgresql.database()
    const client = new Client({ connectionString: own })
    await client.connect()
    const isValid = async () => {
      const { rows } = await client.query(
        `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = '"Session_userAgent_idx"'::regclass`,
      )
      return rows
    }
    try {
      await client.query(
        `DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_browser_index'`,
      )
      await client.query('DROP INDEX "Session_userAgent_idx"')
      // It waits for this transaction, and gives up.
      const other = new Client({ connectionString: own })
      await other.connect()
      await other.query('BEGIN; UPDATE "Session" SET version = version WHERE false')
      await client.query('SET lock_timeout = 100')
      await expect(
        client.query(
          'CREATE INDEX CONCURRENTLY IF NOT EXISTS "Session_userAgent_idx" ON "Session"("userAgent")',
        ),
      ).rejects.toThrow('lock timeout')
      await other.end()
      expect(await isValid()).toEqual([{ valid: false }])
      const told: string[] = []
      const migrate = () => kind.migrate(own, { tell: (sentence) => void told.push(sentence) })
      expect(await migrate()).toHaveLength(1)
      expect(await isValid()).toEqual([{ valid: true }])
      expect(await migrate()).toEqual([])
      expect(told).toEqual([
        'The index Session_userAgent_idx was invalid, because building it had failed. It is built anew.',
      ])
    } finally {
      await client.end()
    }
  })

  test('migrate on PostgreSQL says which program holds the lock for migrations, and does not wait for ever', async () => {
    const other = new Client({ connectionString: url, application_name: 'another migration' })
    await other.connect()
    try {
      await other.query('SELECT pg_advisory_lock(72707369)')
      const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await expect(kind.migrate(url, { lockTime: 200 })).rejects.toThrow(
        `DATABASE_URL: process ${rows[0]?.pid} of the server ("another migration") has held the lock`,
      )
      setTimeout(() => void other.query('SELECT pg_advisory_unlock_all()'), 300)
      expect(await kind.migrate(url)).toEqual([])
    } finally {
      await other.end()
    }
  })

  test('migrate on PostgreSQL says in one sentence what the role may not do', async () => {
    const empty = await postgresql.database({ isEmpty: true })
    await root.query('CREATE ROLE powerless LOGIN')
    await expect(kind.migrate(empty.replace('test@', 'powerless@'))).rejects.toThrow(
      'DATABASE_URL: The server refuses: permission denied for schema public',
    )
  })

  describe.each<[string, (direct: string) => Promise<{ url: string; stop(): Promise<void> }>]>([
    ['directly', async (direct) => ({ url: direct, stop: async () => {} })],
    ['through PgBouncer, a pool of sessions', (direct) => pooled(direct, 'session')],
    ['through PgBouncer, a pool of transactions', (direct) => pooled(direct, 'transaction')],
  ])('PostgreSQL, reached %s', (way, reach) => {
    const skip = way !== 'directly' && pgbouncerProgram === null

    test.skipIf(skip)(
      `a server migrates, works, cancels what is too slow, and leaves no trace on PostgreSQL, reached ${way}`,
      { tags: ['H26'] },
      async () => {
        const direct = await postgresql.database({ isEmpty: true })
        const through = await reach(direct)
        const locks = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory'`
        try {
          expect(await kind.migrate(through.url)).not.toEqual([])
          expect((await root.query(locks)).rows).toEqual([])
          expect(await kind.migrate(direct)).toEqual([])
          expect(await kind.pending(through.url)).toEqual([])

          const db = await kind.open(`${through.url}?socket_timeout=1`, {})
          try {
            await db.$transaction(async (tx) => {
              await tx.attempt.create({ data: { key: 'a', points: 1 } })
            })
            expect(await db.attempt.count()).toBe(1)
            const slow = db.$queryRaw`SELECT pg_sleep(20)::text`
            await expect(slow).rejects.toBeInstanceOf(DatabaseUnavailable)
            const inside = db.$transaction(async (tx) => tx.$queryRaw`SELECT pg_sleep(20)::text`)
            await expect(inside).rejects.toThrow()
            await expect.poll(sleeping).toBe(0)
            expect(await db.attempt.count()).toBe(1)
          } finally {
            await db.$disconnect()
          }

          const after = new Client({ connectionString: through.url })
          await after.connect()
          for (const name of ['statement_timeout', 'idle_in_transaction_session_timeout'])
            expect((await after.query(`SHOW ${name}`)).rows).toEqual([{ [name]: '0' }])
          await after.end()
        } finally {
          await through.stop()
        }
      },
    )
  })
})

async function pooled(direct: string, pool: 'session' | 'transaction') {
  const pgbouncer = await startPgbouncer(direct, { pool })
  return { url: pgbouncer.through(direct), stop: () => pgbouncer.stop() }
}

/** A way to the server of `url` that can hold every new connection for a while. */
async function startRelay(url: string) {
  const address = new URL(url)
  const { hostname, port } = address
  const sockets = new Set<{ destroy(): void }>()
  let delay = 0
  const relay: Server = createServer(async (near) => {
    sockets.add(near)
    near.on('error', () => near.destroy())
    await sleep(delay, undefined, { ref: false })
    const far = dial(Number(port), hostname)
    sockets.add(far)
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done))
  address.port = String((relay.address() as AddressInfo).port)
  return {
    url: address.href,
    /** For so many milliseconds, from now on. */
    hold: (milliseconds: number) => (delay = milliseconds),
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => relay.close(done))
    },
  }
}
