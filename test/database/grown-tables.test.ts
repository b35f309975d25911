import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { recordRow } from '../../src/auth/roster/session-row.ts'
import { startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const kind = databaseKind('postgresql://any')

/** Adds so many sessions. */
async function plant(db: Database, from: number, count: number, schema = 'public') {
  await db.$executeRawUnsafe(
    `INSERT INTO "${schema}"."Session" (id, "createdAt", "lastSeenAt", "expiresAt", data)
     SELECT 'planted-' || at, now(), now(), timestamp '2126-01-01', repeat('x', 700)
     FROM generate_series(${from}, ${from + count - 1}) AS at`,
  )
}

/** Keeps autovacuum from the table, which it would look at when it likes. */
async function leaveAlone(db: Database, schema = 'public') {
  await db.$executeRawUnsafe(`ALTER TABLE "${schema}"."Session" SET (autovacuum_enabled = off)`)
}

/** PostgreSQL's plan, on the pool's one connection, for what a signed-in request asks first. */
async function planOfRead(db: Database): Promise<string> {
  for (let times = 0; times < 8; times++) await db.statements.first(recordRow, ['planted-3'])
  const [kept] = await db.$queryRawUnsafe<{ name: string; values: number }[]>(
    `SELECT name, cardinality(parameter_types) AS values FROM pg_prepared_statements
     WHERE statement LIKE '%"rowEpoch"%' AND statement LIKE '%s.data%'`,
  )
  if (!kept) throw new Error('The statement is not prepared.')
  const values = Array.from({ length: kept.values }, () => `'planted-3'`).join(', ')
  const lines = await db.$queryRawUnsafe<Record<string, string>[]>(
    `EXPLAIN EXECUTE ${kept.name}(${values})`,
  )
  return lines.map((line) => line['QUERY PLAN']).join('\n')
}

describe.skipIf(postgresqlProgram === null)('tables that have grown on PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
    const db = await kind.open(await postgresql.database(), {})
    await db.$executeRawUnsafe('CREATE ROLE guest LOGIN')
    await db.$disconnect()
  })
  afterAll(() => postgresql?.stop())

  test('once PostgreSQL has analyzed a table that grew from ten rows to thousands, an older connection finds a session in it by an index', async () => {
    const db = await kind.open(`${await postgresql.database()}?connection_limit=1`, {})
    try {
      await leaveAlone(db)
      await plant(db, 0, 10)
      await db.$executeRawUnsafe('ANALYZE "Session"')
      expect(await planOfRead(db)).toMatch('Seq Scan on "Session"')
      await plant(db, 10, 10_000)
      expect(await planOfRead(db)).toMatch('Seq Scan on "Session"')
      expect(await db.analyzeGrown?.()).toBe(1)
      expect(await planOfRead(db)).toMatch('using "Session_pkey"')
    } finally {
      await db.$disconnect()
    }
  })

  test('PostgreSQL analyzes a table again when that has grown tenfold, and not before, in a schema of any name', async () => {
    const url = `${await postgresql.database({ isEmpty: true })}?schema=The%20Shop`
    await kind.migrate(url)
    const db = await kind.open(url, {})
    try {
      await leaveAlone(db, 'The Shop')
      expect(await db.analyzeGrown?.()).toBe(0)
      await plant(db, 0, 1000, 'The Shop')
      expect(await db.analyzeGrown?.()).toBe(1)
      await plant(db, 1000, 5000, 'The Shop')
      expect(await db.analyzeGrown?.()).toBe(0)
      await plant(db, 6000, 6000, 'The Shop')
      expect(await db.analyzeGrown?.()).toBe(1)
    } finally {
      await db.$disconnect()
    }
  })

  test('a server whose role does not own the tables of PostgreSQL asks for one analysis for each tenfold, and no error comes of it', async () => {
    const url = await postgresql.database()
    const [owner, guest] = [await kind.open(url, {}), await kind.open(asGuest(url), {})]
    try {
      await leaveAlone(owner)
      await plant(owner, 0, 1000)
      expect(await guest.analyzeGrown?.()).toBe(1)
      expect(await guest.analyzeGrown?.()).toBe(0)
    } finally {
      await guest.$disconnect()
      await owner.$disconnect()
    }
  })

  test('the server asks a PostgreSQL that refuses to say how large its tables are only once', async () => {
    const asked: string[] = []
    const url = await postgresql.database()
    const owner = await kind.open(url, {})
    const guest = await kind.open(asGuest(url), { onStatement: (sql) => asked.push(sql) })
    try {
      await owner.$executeRawUnsafe('REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC')
      expect(await guest.analyzeGrown?.()).toBe(0)
      expect(await guest.analyzeGrown?.()).toBe(0)
      expect(asked.filter((sql) => sql.includes('pg_class'))).toHaveLength(1)
    } finally {
      await guest.$disconnect()
      await owner.$disconnect()
    }
  })

  test('a server has PostgreSQL analyze a table that has grown while the server runs', async () => {
    const server = await startServer({ DATABASE_URL: await postgresql.database() })
    const { db, upkeep } = server.app
    try {
      await leaveAlone(db)
      await plant(db, 0, 1000)
      upkeep.start()
      const known = async () => {
        const [found] = await db.$queryRaw<{ rows: number }[]>`
          SELECT reltuples::int AS rows FROM pg_class WHERE relname = 'Session' AND relkind = 'r'`
        return found?.rows
      }
      expect(await known()).toBe(-1)
      await expect.poll(known, { timeout: 60_000, interval: 200 }).toBe(1000)
    } finally {
      await upkeep.stop()
      await server.stop()
    }
  }, 90_000)
})

test('on SQLite there are no statistics to renew', async () => {
  const server = await startServer()
  try {
    expect(server.app.db.analyzeGrown).toBeNull()
  } finally {
    await server.stop()
  }
})

function asGuest(url: string): string {
  return url.replace(/\/\/[^@]*@/, '//guest@')
}
