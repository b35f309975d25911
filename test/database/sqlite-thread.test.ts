import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Worker } from 'node:worker_threads'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expiredRows } from '../../src/auth/clearing/expired.ts'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { isOutage } from '../../src/database/errors.ts'
import { createSqliteThread } from '../../src/database/sqlite-thread.ts'
import { plantSessions } from '../upkeep/rows.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-sqlite-thread-'))
  path = join(folder, 'test.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('clearings of one process at one time', () => {
  let db: Database
  beforeEach(async () => {
    await databaseKind(`file:${path}`).migrate(`file:${path}`)
    db = await databaseKind(`file:${path}`).open(`file:${path}`, {})
    await plantSessions(db, 3000, 1000)
    await plantSessions(db, 3, Date.now() + 1_000_000)
  })
  afterEach(() => db.$disconnect())

  /** Removes what has expired, in steps of a hundred, and gives how many sessions that were. */
  async function clear(onStep = () => {}): Promise<number> {
    let sum = 0
    for await (const count of expiredRows(db, { retention: 0 }).sessions(2000, () => 100)) {
      sum += count
      onStep()
    }
    return sum
  }

  test('four clearings of one SQLite file at one time all end, and together remove each expired session once', async () => {
    const removed = await Promise.all([clear(), clear(), clear(), clear()])

    expect(removed.reduce((sum, count) => sum + count)).toBe(3000)
    expect(await db.session.count()).toBe(3)
  })

  test('a SQLite file that its process closes during three clearings ends them, and they remove nothing later', async () => {
    let steps = 0
    let stepped = () => {}
    const hasStepped = new Promise<void>((done) => (stepped = done))
    const clearings = Promise.allSettled(
      [1, 2, 3].map(() => clear(() => void (++steps === 9 && stepped()))),
    )
    await hasStepped

    await db.$disconnect()
    const left = countIn(path)
    for (const outcome of await clearings)
      expect(outcome.status === 'rejected' && isOutage(outcome.reason)).toBe(true)

    expect(left).toBeGreaterThan(3)
    expect(countIn(path)).toBe(left)
  })

  test('a killed thread for SQLite fails the one statement that it had, and the other clearings go on with a new thread', async () => {
    const threads: Worker[] = []
    const note = (thread: Worker) => void threads.push(thread)
    process.on('worker', note)
    try {
      let steps = 0
      const outcomes = await Promise.allSettled(
        [1, 2, 3].map(() => clear(() => void (++steps === 9 && threads[0]?.terminate()))),
      )

      const failed = outcomes.filter(({ status }) => status === 'rejected')
      expect(failed.length).toBeLessThan(2)
      for (const outcome of failed)
        expect((outcome as PromiseRejectedResult).reason).toMatchObject({
          message: 'The thread for SQLite has ended.',
        })
      expect(threads.length).toBe(2)
      expect(await db.session.count()).toBe(3)
    } finally {
      process.off('worker', note)
    }
  })
})

test('each of many statements on one thread for SQLite gets its own result, or its own error', async () => {
  makeTable(1)
  const thread = createSqliteThread(path, (work) => work())

  const outcomes = await Promise.allSettled(
    Array.from({ length: 30 }, (_, n) =>
      thread.run(n % 3 === 0 ? `SELECT absent${n}` : 'SELECT ? AS n', n % 3 === 0 ? [] : [n]),
    ),
  )
  await thread.close()

  for (const [n, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') expect(outcome.value.rows).toEqual([{ n }])
    else expect(outcome.reason.message).toBe(`no such column: absent${n}`)
  }
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(20)
})

test('a thread for SQLite that cannot open its file tells each of its callers, and can be closed', async () => {
  mkdirSync(path)
  const thread = createSqliteThread(path, (work) => work())

  const outcomes = await Promise.allSettled([1, 2, 3].map(() => thread.run('SELECT 1', [])))
  await thread.close()

  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ reason: { message: 'unable to open database file' } })
})

test('a closed thread for SQLite runs nothing', async () => {
  makeTable(1)
  const thread = createSqliteThread(path, (work) => work())
  await thread.close()

  const late = await thread.run('DELETE FROM a', []).catch((error: unknown) => error)

  expect(isOutage(late)).toBe(true)
  expect(countIn(path, 'a')).toBe(1)
})

test('a checkpoint that fails on the thread for SQLite fails no statement, and the thread can be closed', async () => {
  makeTable(20_000) // some 4 MB, of which the process may write half a megabyte: a checkpoint has to write beyond it
  const child = resolve('test/database/sqlite-thread-process.mjs')
  const words = ['-c', 'ulimit -f 1024; exec "$@"', 'sh', process.execPath, child, path]

  const { stdout } = await promisify(execFile)('sh', words, { timeout: 60_000 })

  expect(JSON.parse(stdout)).toEqual([200, 200, 200])
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0) // the log is still there: no checkpoint has succeeded
})

/** Makes the file, with a table of so many rows. */
function makeTable(rows: number): void {
  const file = new BetterSqlite3(path)
  file.exec('PRAGMA journal_mode = WAL; CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER, t TEXT)')
  file
    .prepare(
      `WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)
       INSERT INTO a SELECT i, 0, hex(zeroblob(100)) FROM c`,
    )
    .run(rows)
  file.close()
}

function countIn(file: string, table = 'Session'): number {
  const other = new BetterSqlite3(file, { readonly: true })
  const count = other.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()
  other.close()
  return count ?? -1
}
