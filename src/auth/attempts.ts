import type { Database } from '../database/database.ts'
import { isTaken } from '../database/errors.ts'

/** How many attempts one counter lets through, and what it does with more. Times in milliseconds. */
export interface Allowance {
  /** Attempts without any delay. */
  readonly free: number
  /** How long the free attempts are counted together; and how long after a delay everything is forgotten. */
  readonly window: number
  /** So much time without a charge, after a delay, takes one doubling back. */
  readonly calm: number
  /** No delay is longer. */
  readonly longestDelay: number
}

/** An attempt that was counted. */
export interface Charge {
  /** As if it had not been made: its point and its delay are given back. */
  undo(): Promise<void>
  /** As if none had been made. */
  reset(): Promise<void>
}

/** Counts attempts by key, the same for every process. */
export interface AttemptCounter {
  /** How long to wait before any of these may be charged; 0: not at all. Changes nothing. */
  wait(counted: readonly Counted[]): Promise<number>
  /** Counts an attempt; or how long to wait, and then nothing was counted. */
  charge(counted: Counted): Promise<Charge | number>
  /** Removes at most `limit` counts that are forgotten by now, and says how many. */
  clearExpired(limit: number): Promise<number>
}

/** What is counted, and how generously. */
export interface Counted {
  readonly key: string
  readonly allowance: Allowance
}

interface Row {
  readonly points: number
  readonly expire: Date
}

const firstDelay = 1000

/** How often a charge looks again after another came between. Past the free ones, whoever came between began a delay. */
const tries = 20

/**
 * Counts in the Attempt table. A row says how many attempts count and when they are forgotten: a delay ends one window
 * before that. Every change is one statement that says what it found, and changes nothing where that is no longer so;
 * it holds between processes without a lock. The clock is `now`, in milliseconds since 1970.
 */
export function createAttemptCounter(db: Database, now: () => number): AttemptCounter {
  const { attempt } = db

  return {
    async wait(counted) {
      const rows = await attempt.findMany({ where: { key: { in: counted.map(({ key }) => key) } } })
      const waits = counted.map(({ key, allowance }) =>
        delayLeft(asRow(rows.find((row) => row.key === key)), allowance, now()),
      )
      return Math.max(0, ...waits)
    },

    async charge(counted) {
      const { key, allowance } = counted
      for (let round = 0; round < tries; round++) {
        const at = now()
        const row = asRow(await attempt.findUnique({ where: { key } }))
        const wait = delayLeft(row, allowance, at)
        if (wait > 0) return wait
        if (row === null) {
          if (await begin(counted, at)) return freeCharge(key)
        } else if (row.expire.getTime() <= at) {
          await attempt.deleteMany({ where: { key, expire: { lte: new Date(at) } } })
        } else if (row.points < allowance.free - 1) {
          if (await increment(counted, at)) return freeCharge(key)
        } else {
          const next = successor(row, allowance, at)
          if (await replace(key, row, next)) return delayingCharge(key, row, next)
        }
      }
      return firstDelay // so many at once on one key are a reason to wait by themselves
    },

    async clearExpired(limit) {
      const { count } = await attempt.deleteMany({
        where: { expire: { lte: new Date(now()) } },
        limit,
      })
      return count
    },
  }

  /** The first of a window. False where another was first. */
  async function begin({ key, allowance }: Counted, at: number): Promise<boolean> {
    try {
      await attempt.create({ data: { key, points: 1, expire: new Date(at + allowance.window) } })
      return true
    } catch (error) {
      if (isTaken(error)) return false
      throw error
    }
  }

  /** One more of the free ones. The last of them is not among these: it begins a delay. */
  async function increment({ key, allowance }: Counted, at: number): Promise<boolean> {
    const { count } = await attempt.updateMany({
      where: { key, points: { lt: allowance.free - 1 }, expire: { gt: new Date(at) } },
      data: { points: { increment: 1 } },
    })
    return count === 1
  }

  async function replace(key: string, from: Row, to: Row): Promise<boolean> {
    const { count } = await attempt.updateMany({ where: { key, ...from }, data: { ...to } })
    return count === 1
  }

  function freeCharge(key: string): Charge {
    return { undo: () => giveBack(key), reset: () => reset(key) }
  }

  function delayingCharge(key: string, before: Row, after: Row): Charge {
    return {
      // Where another was charged since, its delay runs; only the point can be given back.
      async undo() {
        if (!(await replace(key, after, before))) await giveBack(key)
      },
      reset: () => reset(key),
    }
  }

  async function giveBack(key: string): Promise<void> {
    const { count } = await attempt.deleteMany({ where: { key, points: { lte: 1 } } })
    if (count > 0) return
    await attempt.updateMany({
      where: { key, points: { gt: 1 } },
      data: { points: { decrement: 1 } },
    })
  }

  async function reset(key: string): Promise<void> {
    await attempt.deleteMany({ where: { key } })
  }
}

function asRow(row: { points: number; expire: Date | null } | null | undefined): Row | null {
  return row?.expire ? { points: row.points, expire: row.expire } : null
}

function delayLeft(row: Row | null, { free, window, longestDelay }: Allowance, at: number): number {
  // Below the free ones nothing is delayed, whatever another process's clock wrote down.
  if (row === null || row.points < free) return 0
  const left = row.expire.getTime() - window - at
  // No delay is so long: a clock wrote it down that was ahead, and has been put right.
  return left > longestDelay ? 0 : Math.max(0, left)
}

/** What a row is after one more attempt, the last free one or beyond. */
function successor(row: Row, { free, window, calm, longestDelay }: Allowance, at: number): Row {
  const quiet = at - (row.expire.getTime() - window)
  const forgiven = row.points < free ? 0 : Math.max(0, Math.floor(quiet / calm))
  const points = Math.max(free, row.points + 1 - forgiven)
  const delay = Math.min(longestDelay, firstDelay * 2 ** (points - free))
  return { points, expire: new Date(at + delay + window) }
}
