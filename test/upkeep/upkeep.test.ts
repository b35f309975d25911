import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createClearing } from '../../src/auth/clearing/clearing.ts'
import { expiredRecords, expiredRows } from '../../src/auth/clearing/expired.ts'
import type { Clear } from '../../src/auth/clearing/expired.ts'
import { createLoadMeter, isBusy, noLoad } from '../../src/auth/clearing/load.ts'
import type { MeasureLoad } from '../../src/auth/clearing/load.ts'
import { sweep } from '../../src/auth/clearing/sweep.ts'
import { databaseKind } from '../../src/database/database.ts'
import { createFileStore } from '../../src/session/stores/file.ts'
import { createLease } from '../../src/upkeep/lease.ts'
import type { HeldLease, Lease } from '../../src/upkeep/lease.ts'
import { createUpkeep, grace } from '../../src/upkeep/upkeep.ts'
import type { UpkeepOptions } from '../../src/upkeep/upkeep.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import { plantSessions } from './rows.ts'

const calm: MeasureLoad = async () => noLoad
const always = async () => true
const over = new AbortController().signal
const held: HeldLease = { beat: always, release: async () => {} }
const free: Lease = { take: async () => held, isTaken: async () => false }
const pace = { start: 1, busy: 1, idle: 4, look: 1, beat: 0, peek: 60_000 }

/** A clearing with `count` things to remove, and the sizes of its steps. */
function pile(count: number): { left: number; sizes: number[]; clear: Clear } {
  const found = {
    left: count,
    sizes: [] as number[],
    clear: async function* (_at: number, size: () => number) {
      for (;;) {
        const limit = size()
        found.sizes.push(limit)
        const removed = Math.min(limit, found.left)
        found.left -= removed
        yield removed
        if (removed < limit) return
      }
    },
  }
  return found
}

/** A clearing that finds nothing, and the moments up to which it was asked to clear. */
function noting(): { moments: number[]; note: Clear } {
  const moments: number[] = []
  return {
    moments,
    note: async function* (at) {
      moments.push(at)
      yield 0
    },
  }
}

/** An upkeep with these options, and the lines that it logs. */
function begin(options: Partial<UpkeepOptions>) {
  const lines: string[] = []
  const log = {
    info: (_details: object, line: string) => void lines.push(line),
    warn: (_details: object, line: string) => void lines.push(line),
  }
  const now = () => Date.UTC(2026, 5, 1)
  const given = {
    shared: [],
    own: [],
    lease: free,
    measureLoad: calm,
    now,
    log,
    pace,
    ...options,
    clock: options.clock ?? null,
  }
  const upkeep = createUpkeep(given)
  return { upkeep, lines }
}

describe('taking turns with requests', () => {
  test('a sweep of the upkeep removes everything, with a bound for one step, and reports how much', async () => {
    const found = pile(1234)
    const turns = { measureLoad: calm, mayGoOn: always, over, most: 100 }
    expect(await sweep(found.clear, 0, turns)).toBe(1234)
    expect(found.left).toBe(0)
    expect(Math.max(...found.sizes)).toBe(100)
  })

  test('while requests wait, a sweep of the upkeep makes only the smallest steps, and five pauses before each', async () => {
    const found = pile(35)
    const pauses: number[] = []
    const measureLoad: MeasureLoad = async (pause) => {
      pauses.push(pause)
      return { ...noLoad, waiting: 1 }
    }
    expect(await sweep(found.clear, 0, { measureLoad, mayGoOn: always, over, most: 100 })).toBe(35)
    expect(found.sizes).toEqual([10, 10, 10, 10])
    expect(pauses.slice(0, 5)).toEqual([10, 50, 100, 200, 400])
    expect(pauses).toHaveLength(25)
  })

  test('a sweep of the upkeep stops between two steps when it may not go on', async () => {
    const found = pile(1000)
    let steps = 0
    const mayGoOn = async () => ++steps <= 3
    await sweep(found.clear, 0, { measureLoad: calm, mayGoOn, over, most: 100 })
    expect(found.sizes).toHaveLength(3)
    expect(found.left).toBeGreaterThan(0)
  })

  test('a busy event loop counts for the upkeep as requests that wait', async () => {
    const watching = createLoadMeter(() => 0)(1, over)
    const end = performance.now() + 60
    while (performance.now() < end);
    expect(isBusy(await watching)).toBe(true)
  })

  test('callers that wait for a place at the database count for the upkeep as requests that wait', async () => {
    expect(isBusy({ ...noLoad, waiting: 1 })).toBe(true)
    expect(isBusy(noLoad)).toBe(false)
  })
})

describe('rounds', () => {
  test('the upkeep logs the first of several faults in a row, and the first round that goes well after them', async () => {
    let tries = 0
    const faulty: Clear = async function* () {
      if (++tries <= 3) throw new Error('the disk is full')
      yield 0
    }
    const { upkeep, lines } = begin({ shared: [faulty] })
    upkeep.start()
    await expect.poll(() => tries).toBeGreaterThan(4)
    await upkeep.stop()
    expect(lines).toEqual([
      'clearing the database failed; the server will try again',
      'clearing the database works again',
    ])
  })

  test('a fault of the session store does not keep the database from being cleared', async () => {
    const found = pile(20)
    const faulty: Clear = () => {
      throw new Error('the disk is full')
    }
    const { upkeep, lines } = begin({ shared: [found.clear], own: [faulty] })
    upkeep.start()
    await expect.poll(() => found.left).toBe(0)
    await upkeep.stop()
    expect(lines).toContain('clearing the session store failed; the server will try again')
  })

  test('what cannot be cleared does not keep the upkeep from clearing what comes after it', async () => {
    const found = pile(20)
    const faulty: Clear = () => {
      throw new Error('another program has locked the table')
    }
    const { upkeep, lines } = begin({ shared: [faulty, found.clear] })
    upkeep.start()
    await expect.poll(() => found.left).toBe(0)
    await upkeep.stop()
    expect(lines).toContain('clearing the database failed; the server will try again')
  })

  test('the upkeep of a process whose clock is ahead of the database goes by the database, and says so', async () => {
    const [clock, hour] = [Date.UTC(2026, 5, 1), 3_600_000]
    const { moments, note } = noting()
    const ahead = { now: () => clock + 2 * hour, clock: async () => clock }
    const { upkeep, lines } = begin({ shared: [note], ...ahead })
    upkeep.start()
    await expect.poll(() => moments).toContain(clock - grace)
    await upkeep.stop()
    expect(new Set(moments)).toEqual(new Set([clock - grace]))
    expect(lines).toContainEqual(expect.stringContaining('ahead of the database'))
  })

  test('the upkeep of a process whose clock is behind the database goes by its own', async () => {
    const [clock, hour] = [Date.UTC(2026, 5, 1), 3_600_000]
    const { moments, note } = noting()
    const { upkeep, lines } = begin({
      shared: [note],
      now: () => clock - hour,
      clock: async () => clock,
    })
    upkeep.start()
    await expect.poll(() => moments).toContain(clock - hour - grace)
    await upkeep.stop()
    expect(lines).toEqual([])
  })

  test('the upkeep looks for grown tables again and again, whatever process has the lease, and logs a fault of that once', async () => {
    let looks = 0
    const analyzeGrown = async () => {
      if (++looks === 2) throw new Error('the database is away')
      return 0
    }
    const { upkeep, lines } = begin({ lease: { ...free, take: async () => null }, analyzeGrown })
    upkeep.start()
    await vi.waitFor(() => expect(looks).toBeGreaterThan(3))
    await upkeep.stop()
    expect(lines).toEqual([
      'analyzing tables failed; the server will try again',
      'analyzing tables works again',
    ])
  })

  test('the upkeep of a process that does not get the lease removes nothing of what all processes share', async () => {
    const found = pile(20)
    let looks = 0
    const taken: Lease = {
      ...free,
      take: async () => {
        looks++
        return null
      },
    }
    const { upkeep } = begin({ shared: [found.clear], lease: taken })
    upkeep.start()
    await expect.poll(() => looks).toBeGreaterThan(3)
    await upkeep.stop()
    expect(found.left).toBe(20)
  })

  test('the upkeep of a process that has lost the lease hears of it at its beat, and removes nothing', async () => {
    const [one, two] = [pile(1000), pile(1000)]
    let releases = 0
    const lost: Lease = {
      ...free,
      take: async () => ({ beat: async () => false, release: async () => void releases++ }),
    }
    const { upkeep } = begin({ shared: [one.clear, two.clear], lease: lost })
    upkeep.start()
    await expect.poll(() => releases).toBeGreaterThan(0)
    await upkeep.stop()
    expect([one.left, two.left]).toEqual([1000, 1000])
  })

  test('the upkeep waits at its stop for the step under way, and gives the lease back', async () => {
    let isReleased = false
    let steps = 0
    const endless: Clear = async function* (_at, size) {
      for (;;) {
        steps++
        await new Promise(setImmediate) // without it the timers of this test would never have their turn
        yield size()
      }
    }
    const lease: Lease = {
      ...free,
      take: async () => ({ beat: always, release: async () => void (isReleased = true) }),
    }
    const { upkeep } = begin({ shared: [endless], lease })
    upkeep.start()
    await expect.poll(() => steps).toBeGreaterThan(2)
    await upkeep.stop()
    expect(isReleased).toBe(true)
    const after = steps
    await new Promise((done) => setTimeout(done, 20))
    expect(steps).toBe(after)
  })

  test('the upkeep cuts its pause short at its stop, however long it is, and gives the lease back', async () => {
    let isReleased = false
    const pauses: number[] = []
    const watching = createLoadMeter(() => 0)
    const measureLoad: MeasureLoad = (pause, signal) => {
      pauses.push(pause)
      return watching(3_600_000, signal)
    }
    const lease: Lease = {
      ...free,
      take: async () => ({ beat: always, release: async () => void (isReleased = true) }),
    }
    const { upkeep } = begin({ shared: [pile(20).clear], lease, measureLoad })
    upkeep.start()
    await expect.poll(() => pauses).toHaveLength(1)
    await upkeep.stop()
    expect(isReleased).toBe(true)
  })
})

describe('what is removed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-upkeep-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('the upkeep leaves a session that expired less than an hour ago, so that the server can tell its visitor why', async () => {
    const url = `file:${join(folder, 'grace.db')}`
    await databaseKind(url).migrate(url)
    const db = await databaseKind(url).open(url, {})
    const at = Date.UTC(2026, 5, 1)
    await plantSessions(db, 12, at - grace)
    await plantSessions(db, 5, at - grace + 1)
    const shared = [expiredRows(db, { retention: 0 }).sessions]
    const { upkeep } = begin({ shared, lease: createLease(db, 'upkeep') })
    upkeep.start()
    await vi.waitFor(async () => expect(await db.session.count()).toBe(5), { timeout: 30_000 })
    await upkeep.stop()
    expect(await db.session.count()).toBe(5)
    expect(await db.lease.count()).toBe(0)
    await db.$disconnect()
  })

  test('one process removes the expired files of sessions, and the upkeep of another leaves them to it, but a command does not', async () => {
    const path = join(folder, 'files')
    const store = createFileStore({ path })
    const record = {
      auth: null,
      data: {},
      expiry: null,
      createdAt: 0,
      lastSeenAt: 0,
      absoluteExpiresAt: null,
    }
    for (let n = 0; n < 12; n++)
      await store.create(idOf(createKey()), { ...record, expiresAt: n < 8 ? 1000 : 3000 })
    const turns = { measureLoad: calm, mayGoOn: always, over, most: 100 }
    const inTurn = { unlessAnother: true }
    expect(await sweep(expiredRecords(store, inTurn), 2000, turns)).toBe(8)
    const again = createFileStore({ path })
    expect(await sweep(expiredRecords(again, inTurn), 4000, turns)).toBe(0)
    // As a command does: an operator has asked for it.
    expect(await sweep(expiredRecords(again), 4000, turns)).toBe(4)
  })
})

describe('what an operator asks for', () => {
  const patientFor = () => null

  test('a clearing says of a session that is in the store and in the roster once that it went, and nothing of what else it removes, and its metric counts all', async () => {
    const [rows, records, attempts] = [pile(300), pile(700), pile(50)]
    const sessions = [rows.clear, records.clear]
    const others = [attempts.clear]
    let counted = 0
    const clear = createClearing({
      sessions,
      others,
      now: () => 0,
      clock: null,
      patienceFor: patientFor,
      counts: { cleared: (removed) => void (counted += removed) },
    })
    const reports: number[] = []
    expect(await clear({ client: null }, (total) => reports.push(total))).toBe(700)
    expect(reports).toEqual([...new Set(reports)].sort((a, b) => a - b))
    expect([reports.at(-1), attempts.left]).toEqual([700, 0])
    expect(counted).toBe(1050)
  })

  test('a clearing for a caller with little patience says how much it has removed so far, and the next one removes more', async () => {
    const rows = pile(100_000)
    const options = { sessions: [rows.clear], others: [], now: () => 0, clock: null }
    const clear = createClearing({ ...options, patienceFor: () => 50 })
    const removed = await clear({ client: null })
    expect(removed).toBe(100_000 - rows.left)
    expect(rows.left).toBeGreaterThan(0)
    await clear({ client: null })
    expect(rows.left).toBeLessThan(100_000 - removed)
  })
})
