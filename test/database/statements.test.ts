import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { isRefusedRow, isTaken } from '../../src/database/errors.ts'
import { run, statement } from '../../src/database/statements.ts'
import { pgbouncerProgram, startPgbouncer } from '../pgbouncer-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

interface AttemptRow {
  readonly key: string
  readonly points: number
  readonly expire: number | null
}

const find = statement<AttemptRow>('SELECT key, points, expire FROM "Attempt" WHERE key = $1')
const list = statement<AttemptRow>(
  'SELECT a.key, a.points, a.expire FROM "Attempt" a WHERE a.points >= $1 ORDER BY a.key',
)
const add = statement('INSERT INTO "Attempt" (key, points, expire) VALUES ($1, $2, $3)')
const takePoint = statement<AttemptRow>(
  `UPDATE "Attempt" SET points = points + $2 WHERE key = $1 AND points + $2 <= 10
   RETURNING key, points, expire`,
)
const remove = statement('DELETE FROM "Attempt" WHERE key = $1')
const staffed = statement<{ readonly isStaff: number; readonly dateJoined: number }>(
  'SELECT "isStaff", "dateJoined" FROM "User" WHERE "isStaff" = $1 AND "dateJoined" <= $2',
)

const at = Date.UTC(2026, 6, 15, 1, 2, 3, 4) // in summer, so that a local time would show

let postgresqlServer: PostgresqlServer | null = null
const folder = mkdtempSync(join(tmpdir(), 'coatcheck-statements-'))
const path = join(folder, 'test.db')

afterAll(async () => {
  await postgresqlServer?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function postgresqlUrl(): Promise<string> {
  postgresqlServer ??= await startPostgresql()
  return postgresqlServer.database()
}

const kinds = {
  SQLite: async () => `file:${path}`,
  ...(postgresqlProgram && {
    PostgreSQL: postgresqlUrl,
    'PostgreSQL with its tables in another schema': async () =>
      `${await postgresqlUrl()}?schema=the%20cloakroom`,
  }),
}

describe.each(Object.entries(kinds))('a prepared statement on %s', (_name, urlOf) => {
  let db: Database

  beforeAll(async () => {
    const url = await urlOf()
    const kind = databaseKind(url)
    await kind.migrate(url)
    db = await kind.open(url, {})
  })
  afterEach(async () => {
    await db.attempt.deleteMany()
    await db.user.deleteMany()
  })
  afterAll(() => db?.$disconnect())

  test('a prepared statement reads what Prisma wrote: text, numbers, instants in milliseconds, nothing', async () => {
    await db.attempt.create({ data: { key: 'a', points: 1, expire: new Date(at) } })
    await db.attempt.create({ data: { key: 'b', points: 2 } })
    const { first, all } = db.statements
    expect(await first(find, ['a'])).toEqual({ key: 'a', points: 1, expire: at })
    expect(await first(find, ['c'])).toBeNull()
    expect(await all(list, [2])).toEqual([{ key: 'b', points: 2, expire: null }])
  })

  test('a prepared statement writes what Prisma reads, an instant to the millisecond', async () => {
    const { count, rows } = await db.statements.write(add, ['a', 1, new Date(at)])
    expect([count, rows]).toEqual([1, []])
    const found = await db.attempt.findUnique({ where: { key: 'a' } })
    expect(found?.expire?.getTime()).toBe(at)
  })

  test('a prepared statement takes a boolean and an instant as parameters, and gives a boolean back as 1', async () => {
    const names = { username: 'ada', usernameKey: 'ada', passwordHash: '' }
    await db.user.create({ data: { ...names, isStaff: true, dateJoined: new Date(at) } })
    const rows = await db.statements.all(staffed, [true, new Date(at)])
    expect(rows).toEqual([{ isStaff: 1, dateJoined: at }])
    expect(await db.statements.all(staffed, [true, new Date(at - 1)])).toEqual([])
  })

  test('a prepared statement says how many rows it has changed, and gives them back with RETURNING', async () => {
    await db.statements.write(add, ['a', 9, null])
    const { write } = db.statements
    expect((await write(takePoint, ['a', 1])).rows).toEqual([
      { key: 'a', points: 10, expire: null },
    ])
    expect(await write(takePoint, ['a', 1])).toEqual({ count: 0, rows: [] })
    expect((await write(remove, ['a'])).count).toBe(1)
  })

  test('a prepared statement that adds a row which is there already fails as taken, and changes nothing', async () => {
    await db.statements.write(add, ['a', 1, null])
    const error = await Promise.resolve()
      .then(() => db.statements.write(add, ['a', 2, null]))
      .catch((thrown: unknown) => thrown)
    expect([isTaken(error), isRefusedRow(error)]).toEqual([true, true])
    expect(await db.statements.first(find, ['a'])).toMatchObject({ points: 1 })
  })

  test('prepared statements in a transaction are stored together, or undone together when its work throws', async () => {
    const { transaction } = db.statements
    const count = await transaction(function* () {
      yield* run(add, ['a', 1, null])
      const { rows } = yield* run(takePoint, ['a', 4])
      return rows[0]?.points
    })
    expect(count).toBe(5)
    const refused = new Error('refused')
    const undone = Promise.resolve().then(() =>
      transaction(function* () {
        yield* run(remove, ['a'])
        yield* run(add, ['b', 1, null])
        throw refused
      }),
    )
    await expect(undone).rejects.toBe(refused)
    expect((await db.statements.all(list, [0])).map(({ key }) => key)).toEqual(['a'])
  })

  test(
    'a prepared statement never runs inside another caller’s transaction, and is not undone with it',
    { tags: ['H24'] },
    async () => {
      let begun = () => {}
      const hasBegun = new Promise<void>((done) => (begun = done))
      let end = () => {}
      const mayEnd = new Promise<void>((done) => (end = done))
      const refused = new Error('refused')
      const other = db.$transaction(async (tx) => {
        await tx.attempt.create({ data: { key: 'undone', points: 1 } })
        begun()
        await mayEnd
        throw refused
      })
      await hasBegun
      const { first, write, transaction } = db.statements
      expect(await first(find, ['undone'])).toBeNull()
      const written = Promise.all([
        write(add, ['a', 1, null]),
        transaction(() => run(add, ['b', 1, null])),
      ])
      await turn()
      end()
      await expect(other).rejects.toBe(refused)
      await written
      expect((await db.statements.all(list, [0])).map(({ key }) => key)).toEqual(['a', 'b'])
    },
  )

  test('of fifty callers that run one prepared statement at once, as many succeed as its condition allows', async () => {
    await db.statements.write(add, ['a', 0, null])
    const asked = Array.from({ length: 50 }, async () => db.statements.write(takePoint, ['a', 1]))
    const counts = (await Promise.all(asked)).map(({ count }) => count)
    expect(counts.filter((count) => count === 1)).toHaveLength(10)
  })
})

describe('a prepared statement on SQLite', () => {
  let db: Database
  const ran: string[] = []

  beforeAll(async () => {
    await databaseKind(`file:${path}`).migrate(`file:${path}`)
    db = await databaseKind(`file:${path}`).open(`file:${path}`, {
      patience: 500,
      onStatement: (sql) => ran.push(sql),
    })
  })
  afterEach(() => db.attempt.deleteMany())
  afterAll(() => db?.$disconnect())

  test('a prepared statement on SQLite answers at once, without a promise', () => {
    const { first, write, transaction } = db.statements
    expect(first(find, ['a'])).toBeNull()
    expect(write(add, ['a', 1, null])).toEqual({ count: 1, rows: [] })
    expect(transaction(() => run(takePoint, ['a', 1]))).toMatchObject({ count: 1 })
    expect(first(find, ['a'])).toEqual({ key: 'a', points: 2, expire: null })
  })

  test('the listener for statements gets each prepared statement on SQLite', () => {
    ran.length = 0
    void db.statements.first(find, ['told'])
    expect(ran.at(-1)).toContain("WHERE key = 'told'")
  })

  test('the connection to SQLite that reads refuses a prepared statement that writes', () => {
    expect(() => db.statements.first(takePoint, ['a', 1])).toThrow(/readonly/)
  })

  test(
    'a prepared write on SQLite waits for the lock of another program, and the event loop goes on',
    { tags: ['H25'] },
    async () => {
      const other = new BetterSqlite3(path)
      other.exec('BEGIN IMMEDIATE')
      const { first, write, transaction } = db.statements
      const writing = write(add, ['a', 1, null])
      const transacting = transaction(() => run(add, ['b', 1, null]))
      expect([writing, transacting].every((each) => each instanceof Promise)).toBe(true)
      for (let n = 0; n < 10; n++) await turn()
      expect(first(find, ['a'])).toBeNull() // a read waits for no writer
      other.exec('COMMIT')
      other.close()
      await Promise.all([writing, transacting])
      expect((await db.statements.all(list, [0])).map(({ key }) => key)).toEqual(['a', 'b'])
    },
  )

  test('a prepared write on SQLite gives up where another program keeps the lock for too long, and is not done later', async () => {
    const other = new BetterSqlite3(path)
    other.exec('BEGIN IMMEDIATE')
    const writing = Promise.resolve(db.statements.write(add, ['late', 1, null]))
    await expect(writing).rejects.toThrow('locked by another program')
    other.exec('ROLLBACK')
    other.close()
    expect(db.statements.first(find, ['late'])).toBeNull()
  })
})

describe.skipIf(postgresqlProgram === null || pgbouncerProgram === null)(
  'a prepared statement behind a pooler that lends out connections for one transaction',
  () => {
    test.each(['', '?pgbouncer=true'])(
      'a prepared statement through PgBouncer is done once, also where the pooler has lost its name (%s)',
      { tags: ['H26'] },
      async (words) => {
        const behind = await postgresqlUrl()
        const pooler = await startPgbouncer(behind, { pool: 'transaction' })
        const db = await databaseKind(behind).open(`${pooler.through(behind)}${words}`, {})
        try {
          const { write, transaction, all } = db.statements
          await write(add, ['a', 0, null])
          for (let round = 0; round < 3; round++) {
            await Promise.all(
              Array.from({ length: 8 }, async (_, n) => {
                await transaction(() => run(add, [`${round} ${n}`, 5, null]))
                await write(add, [`${round} ${n} too`, 5, null])
              }),
            )
          }
          expect(await all(list, [5])).toHaveLength(48)
        } finally {
          await db.$disconnect()
          await pooler.stop()
        }
      },
    )
  },
)
