import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { DatabaseUnavailable, isOutage } from '../../src/database/errors.ts'
import { openDatabase } from '../../src/database/open.ts'

let folder: string
let db: Database
let path: string
const statements: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-sqlite-'))
  path = join(folder, 'test.db')
  const url = `file:${path}`
  await databaseKind(url).migrate(url)
  db = await databaseKind(url).open(url, { onStatement: (sql) => statements.push(sql) })
})
beforeEach(async () => {
  await db.attempt.deleteMany()
  statements.length = 0
})
afterAll(async () => {
  await db?.$disconnect()
  rmSync(folder, { recursive: true, force: true })
})

const attempt = (key: string) => ({ data: { key, points: 1 } })
const keys = async () =>
  (await db.attempt.findMany({ orderBy: { key: 'asc' } })).map(({ key }) => key)

/** Another program that has the file's one lock for writing, as a database browser does with an edit that is not saved. */
function lockFile(): { release(): void } {
  const other = new BetterSqlite3(path)
  other.exec('BEGIN IMMEDIATE')
  return {
    release() {
      other.exec('ROLLBACK')
      other.close()
    },
  }
}

describe('a transaction that is held open while a file is read', () => {
  /** Runs `work` once, while a transaction is open that has written `inside`; then the transaction ends as `fate` says. */
  async function beside(fate: 'commits' | 'rolls back', work: () => Promise<unknown>) {
    let begun = () => {}
    const hasBegun = new Promise<void>((done) => (begun = done))
    const transaction = db.$transaction(async (tx) => {
      await tx.attempt.create(attempt('inside'))
      begun()
      for (let n = 0; n < 20; n++) await readFile('package.json')
      await tx.attempt.create(attempt('inside too'))
      if (fate === 'rolls back') throw new Error('rolled back')
    })
    await hasBegun
    await Promise.all([work(), transaction.catch(() => undefined)])
  }

  test(
    'a transaction that is rolled back takes along nothing that others wrote meanwhile',
    { tags: ['H24'] },
    async () => {
      await beside('rolls back', async () => {
        await Promise.all([
          db.attempt.create(attempt('a')),
          db.attempt.createMany(attempt('b')),
          db.$executeRaw`INSERT INTO Attempt (key, points) VALUES ('c', 1)`,
          db.$queryRaw`INSERT INTO Attempt (key, points) VALUES ('d', 1) RETURNING key`,
          db.$transaction(async (tx) => {
            await tx.attempt.create(attempt('e'))
            await tx.attempt.create(attempt('f'))
          }),
          db.$transaction(async (tx) => tx.attempt.create(attempt('g'))),
        ])
      })
      expect(await keys()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'])
    },
  )

  test(
    'a transaction shows others nothing of what it has written until it commits',
    { tags: ['H24'] },
    async () => {
      const seen: string[][] = []
      await beside('commits', async () => {
        seen.push(await keys())
        await sleep(1)
        seen.push(await keys())
      })
      expect(seen).toEqual([[], []])
      expect(await keys()).toEqual(['inside', 'inside too'])
    },
  )

  test('a read outside a transaction does not wait for the end of that transaction', async () => {
    const order: string[] = []
    await beside('commits', async () => {
      await keys()
      order.push('read')
      await db.attempt.create(attempt('written'))
      order.push('written')
    })
    expect(order).toEqual(['read', 'written'])
    const ran = statements.filter((sql) => /^(BEGIN|COMMIT|INSERT)/.test(sql))
    expect(ran.map((sql) => sql.slice(0, 6))).toEqual([
      'BEGIN ',
      'INSERT',
      'INSERT',
      'COMMIT',
      'INSERT',
    ])
  })

  test('a transaction on SQLite keeps what it has done where one of its statements fails and its work goes on', async () => {
    await db.$transaction(async (tx) => {
      await tx.attempt.create(attempt('kept'))
      await tx.attempt.create(attempt('kept')).catch(() => undefined)
      await tx.attempt.create(attempt('kept too'))
    })
    expect(await keys()).toEqual(['kept', 'kept too'])
  })
})

test('a caller on SQLite reads what it has just written', async () => {
  for (let n = 0; n < 20; n++) {
    await db.attempt.create(attempt(`${n}`))
    expect(await db.attempt.count()).toBe(n + 1)
    const [updated] = await db.attempt.updateManyAndReturn({
      where: { key: `${n}` },
      data: { points: 7 },
    })
    expect(updated?.points).toBe(7)
    expect((await db.attempt.findUnique({ where: { key: `${n}` } }))?.points).toBe(7)
  }
})

test('a transaction on SQLite that fails to commit leaves nothing behind for the next one', async () => {
  const broken = db.$transaction(async (tx) => {
    await tx.$executeRaw`PRAGMA defer_foreign_keys = ON`
    const at = new Date()
    const clocks = { createdAt: at, lastSeenAt: at, expiresAt: at }
    await tx.session.create({ data: { id: 'orphan', userId: 'absent', ...clocks } })
  })
  await expect(broken).rejects.toThrow(/foreign ?key/i)
  await db.attempt.create(attempt('after'))
  expect(await db.session.count()).toBe(0)
  expect(await keys()).toEqual(['after'])
})

test('the client for SQLite refuses a statement that would begin or end a transaction by itself', async () => {
  for (const sql of ['BEGIN', 'COMMIT', ' rollback', 'SAVEPOINT a'])
    await expect(db.$executeRawUnsafe(sql)).rejects.toThrow(/by \$transaction alone/)
})

describe('while another program has the lock of the file', () => {
  test('while another program locks the SQLite file, the server reads and runs timers, and writes once the lock is free', async () => {
    const lock = lockFile()
    let [ticks, isDone] = [0, false]
    const timer = setInterval(() => ticks++, 10)
    const writing = Promise.all([
      db.attempt.create(attempt('alone')),
      db.$transaction(async (tx) => tx.attempt.create(attempt('in a transaction'))),
    ]).then(() => (isDone = true))
    try {
      expect(await keys()).toEqual([])
      await sleep(1000)
      await expect.poll(() => ticks).toBeGreaterThan(10)
      expect(isDone).toBe(false)
    } finally {
      clearInterval(timer)
      lock.release()
    }
    await writing
    expect(await keys()).toEqual(['alone', 'in a transaction'])
  })

  test('a write that waits too long for the lock of another program fails with a sentence, and is not done later', async () => {
    const lock = lockFile()
    const began = performance.now()
    try {
      const writes = await Promise.allSettled([
        db.attempt.create(attempt('first')),
        db.attempt.create(attempt('second')),
        db.$transaction(async (tx) => tx.attempt.create(attempt('third'))),
      ])
      for (const write of writes) {
        const { reason } = write as PromiseRejectedResult
        expect(reason).toBeInstanceOf(DatabaseUnavailable)
        expect(reason.message).toMatch(/DATABASE_URL: The SQLite file is locked by another program/)
      }
      // One wait for all of them: they wait for the same lock.
      expect(performance.now() - began).toBeLessThan(11_000)
    } finally {
      lock.release()
    }
    await db.attempt.create(attempt('after'))
    expect(await keys()).toEqual(['after'])
  })
})

describe('contains, startsWith and endsWith', () => {
  test('contains, startsWith and endsWith take a character after a backslash as itself', async () => {
    await db.attempt.createMany({
      data: ['50% off', '500 off', 'a_b', 'axb', 'c\\d'].map((key) => ({ key, points: 1 })),
    })
    const found = async (key: object) =>
      (await db.attempt.findMany({ where: { key } })).map((row) => row.key)
    expect(await found({ contains: '50\\%' })).toEqual(['50% off'])
    expect(await found({ startsWith: 'a\\_' })).toEqual(['a_b'])
    expect(await found({ endsWith: '\\_b' })).toEqual(['a_b'])
    expect(await found({ contains: '\\\\' })).toEqual(['c\\d'])
    expect(await found({ not: { contains: '\\%' }, startsWith: '50' })).toEqual(['500 off'])
  })
})

test('a write that waits for a lock when its process closes the SQLite file fails as an outage, and is not done later', async () => {
  const own = await databaseKind(`file:${path}`).open(`file:${path}`, {})
  await own.attempt.count()
  const lock = lockFile()
  const waiting = [
    own.$executeRawUnsafe("INSERT INTO Attempt (key, points) VALUES ('late', 1)"),
    own.attempt.create(attempt('late too')),
  ]
  const outcomes = Promise.allSettled(waiting)
  await sleep(20)
  await own.$disconnect()
  lock.release()
  for (const outcome of await outcomes)
    expect(outcome.status === 'rejected' && isOutage(outcome.reason)).toBe(true)
  expect(await keys()).toEqual([])
})

test('a file is migrated by work that its process has announced, and a file that lacks no migration is opened without such work', async () => {
  const url = `file:${join(folder, 'announced.db')}`
  const seen: [string, number][] = []
  const missing = async () => (await databaseKind(url).pending(url)).length
  const whileBusy = async <Result>(work: () => Promise<Result>) => {
    seen.push(['before', await missing()])
    const result = await work()
    seen.push(['after', await missing()])
    return result
  }
  for (let times = 0; times < 2; times++) {
    const opened = await openDatabase(url, { info() {} }, { whileBusy })
    await opened.$disconnect()
  }
  expect(seen).toEqual([
    ['before', expect.any(Number)],
    ['after', 0],
  ])
  expect(seen[0]?.[1]).toBeGreaterThan(0)
})
