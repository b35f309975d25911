import type { Database } from '../database/database.ts'
import { statement } from '../database/statements.ts'

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

/** A counter as it is stored: how many attempts count, and when they are forgotten, in milliseconds since 1970. */
interface Row {
  readonly points: number
  readonly expire: number
}

const both = statement<Row & { readonly key: string }>(
  'SELECT key, points, expire FROM "Attempt" WHERE key IN ($1, $2)',
)
const one = statement<Row>('SELECT points, expire FROM "Attempt" WHERE key = $1')
/** Counts one of the free attempts at `$1` in a window that ends at `$2`, or in the one that runs at `$3`; of `$4` at most. */
const countFree = statement(
  `INSERT INTO "Attempt" AS a (key, points, expire) VALUES ($1, 1, $2)
   ON CONFLICT (key) DO UPDATE SET points = CASE WHEN a.expire > $3 THEN a.points + 1 ELSE 1 END,
     expire = CASE WHEN a.expire > $3 THEN a.expire ELSE $2 END
   WHERE a.expire <= $3 OR a.points < $4`,
)
/** Makes a row of `$2` and `$3` what `$4` and `$5` say. */
const exchange = statement(
  'UPDATE "Attempt" SET points = $4, expire = $5 WHERE key = $1 AND points = $2 AND expire = $3',
)
const takeLast = statement('DELETE FROM "Attempt" WHERE key = $1 AND points <= 1')
const takeOne = statement('UPDATE "Attempt" SET points = points - 1 WHERE key = $1 AND points > 1')
const forget = statement('DELETE FROM "Attempt" WHERE key = $1')

/** The statements of the counter, for the test that compares their columns with the schema. */
export const attemptStatements = { both, one, countFree, exchange, takeLast, takeOne, forget }

const firstDelay = 1000

/** How often a charge looks again after another came between. Past the free ones, the other began a delay. */
const tries = 20

/**
 * Counts in the Attempt table. A row says how many attempts count and when they are forgotten: a delay ends one window
 * before that. Every change is one statement that says what it found, and changes nothing where that is no longer so;
 * it holds between processes without a lock. The clock is `now`, in milliseconds since 1970.
 */
export function createAttemptCounter(db: Database, now: () => number): AttemptCounter {
  const { first, all, write } = db.statements

  return {
    async wait(counted) {
      const [one, other = one] = counted
      const rows = one && other ? await all(both, [one.key, other.key]) : []
      const waits = counted.map(({ key, allowance }) =>
        delayLeft(rows.find((row) => row.key === key) ?? null, allowance, now()),
      )
      return Math.max(0, ...waits)
    },

    async charge({ key, allowance }) {
      const { free, window } = allowance
      for (let round = 0; round < tries; round++) {
        const at = now()
        // The last of the free ones is not among these: it begins a delay.
        const values = [key, new Date(at + window), new Date(at), free - 1]
        if ((await write(countFree, values)).count === 1) return freeCharge(key)
        const row = await first(one, [key])
        if (row === null || row.expire <= at) continue
        const wait = delayLeft(row, allowance, at)
        if (wait > 0) return wait
        const next = successor(row, allowance, at)
        if (await replace(key, row, next)) return delayingCharge(key, row, next)
      }
      return firstDelay // so many at once on one key are a reason to wait by themselves
    },

    async clearExpired(limit) {
      const { count } = await db.attempt.deleteMany({
        where: { expire: { lte: new Date(now()) } },
        limit,
      })
      return count
    },
  }

  async function replace(key: string, from: Row, to: Row): Promise<boolean> {
    const values = [key, from.points, new Date(from.expire), to.points, new Date(to.expire)]
    return (await write(exchange, values)).count === 1
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
    if ((await write(takeLast, [key])).count === 0) await write(takeOne, [key])
  }

  async function reset(key: string): Promise<void> {
    await write(forget, [key])
  }
}

function delayLeft(row: Row | null, { free, window, longestDelay }: Allowance, at: number): number {
  // Below the free ones nothing is delayed, whatever another process's clock wrote down.
  if (row === null || row.points < free) return 0
  const left = row.expire - window - at
  // No delay is so long: a clock wrote it down that was ahead, and has been put right.
  return left > longestDelay ? 0 : Math.max(0, left)
}

/** What a row is after one more attempt, the last free one or beyond. */
function successor(row: Row, { free, window, calm, longestDelay }: Allowance, at: number): Row {
  const quiet = at - (row.expire - window)
  const forgiven = row.points < free ? 0 : Math.max(0, Math.floor(quiet / calm))
  const points = Math.max(free, row.points + 1 - forgiven)
  const delay = Math.min(longestDelay, firstDelay * 2 ** (points - free))
  return { points, expire: at + delay + window }
}
