import type { Database } from '../../database/database.ts'
import { attemptStatements } from './attempt-statements.ts'
import type { Row } from './attempt-statements.ts'

/** How many attempts one counter lets through, and how it delays more. Times are in milliseconds. */
export interface Allowance {
  /** Attempts without any delay. */
  readonly free: number
  /** How long free attempts count together, and how long after a delay the counter forgets everything. */
  readonly window: number
  /** After a delay, so much time without a charge halves the next one. */
  readonly calm: number
  /** The longest delay. */
  readonly longestDelay: number
}

/** An attempt that was counted. */
export interface Charge {
  readonly key: string
  /** The row before and after, where it began a delay; null for one of the free attempts. */
  readonly delay: { readonly before: Row; readonly after: Row } | null
}

/** Counts attempts by key, the same for every process. */
export interface AttemptCounter {
  /** How long to wait before an attempt at any of these; 0: not at all. Changes nothing. */
  wait(counted: readonly Counted[]): Promise<number>
  /**
   * Counts an attempt at both keys where both have a free one left. Otherwise counts at neither, and returns null. Where
   * another process takes the last free one meanwhile, it may count only one of them.
   */
  chargeFree(one: Counted, other: Counted): Promise<[Charge | null, Charge | null]>
  /** Counts an attempt. Or returns how long to wait, and counts nothing. */
  charge(counted: Counted): Promise<Charge | number>
  /** Takes back an attempt: its point and its delay. */
  undo(charge: Charge): Promise<void>
  /** Undoes `charge`, and forgets every attempt at the key of `cleared`. */
  undoAndClear(charge: Charge, cleared: Charge): Promise<void>
}

/** A key to count at, and its allowance. */
export interface Counted {
  readonly key: string
  readonly allowance: Allowance
}

const { both, countBoth, countOne, exchange, find, forget } = attemptStatements
const { forgetAndTakeLast, takeLast, takeOne } = attemptStatements

const firstDelay = 1000

/** How often a charge tries again after another came first. Past the free attempts, the other began a delay. */
const tries = 20

/**
 * Counts in the Attempt table. A row says how many attempts count and when it is forgotten: a delay ends one window before
 * that. Every change is one statement that names the state it expects, and changes nothing in any other. So processes need no
 * lock. The clock is `now`, in milliseconds since 1970.
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

    async chargeFree(one, other) {
      const at = now()
      const values = [...freeValues(one, at), ...freeValues(other, at), new Date(at)]
      const { rows } = await write(countBoth, values)
      const chargeOf = ({ key }: Counted) =>
        rows.some((row) => row.key === key) ? { key, delay: null } : null
      return [chargeOf(one), chargeOf(other)]
    },

    async charge(counted) {
      const { key, allowance } = counted
      for (let round = 0; round < tries; round++) {
        const at = now()
        const { count } = await write(countOne, [...freeValues(counted, at), new Date(at)])
        if (count === 1) return { key, delay: null }
        const before = await first(find, [key])
        if (before === null || before.expire <= at) continue
        const wait = delayLeft(before, allowance, at)
        if (wait > 0) return wait
        const after = successor(before, allowance, at)
        if (await replace(key, before, after)) return { key, delay: { before, after } }
      }
      return firstDelay // so many attempts at once on one key are a reason to wait
    },

    async undo(charge) {
      if (await hasGivenBackDelay(charge)) return
      const { count } = await write(takeLast, [charge.key])
      if (count === 0) await write(takeOne, [charge.key])
    },

    async undoAndClear(charge, cleared) {
      if (await hasGivenBackDelay(charge)) return void (await write(forget, [cleared.key]))
      const { rows } = await write(forgetAndTakeLast, [cleared.key, charge.key])
      if (!rows.some(({ key }) => key === charge.key)) await write(takeOne, [charge.key])
    },
  }

  /** Where another attempt was charged since, its delay runs: then only the point goes back. */
  async function hasGivenBackDelay({ key, delay }: Charge): Promise<boolean> {
    return delay !== null && replace(key, delay.after, delay.before)
  }

  async function replace(key: string, from: Row, to: Row): Promise<boolean> {
    const values = [key, from.points, new Date(from.expire), to.points, new Date(to.expire)]
    return (await write(exchange, values)).count === 1
  }
}

/** All but the last free attempt, which begins a delay. */
function freeValues({ key, allowance }: Counted, at: number) {
  return [key, new Date(at + allowance.window), allowance.free - 1] as const
}

function delayLeft(row: Row | null, { free, window, longestDelay }: Allowance, at: number): number {
  // Free attempts are never delayed, whatever another process's clock wrote down.
  if (row === null || row.points < free) return 0
  const left = row.expire - window - at
  // No delay is so long: a clock that was ahead then wrote it down.
  return left > longestDelay ? 0 : Math.max(0, left)
}

/** The row after one more attempt, where that is the last free one or a later one. */
function successor(row: Row, { free, window, calm, longestDelay }: Allowance, at: number): Row {
  const quiet = at - (row.expire - window)
  const forgiven = row.points < free ? 0 : Math.max(0, Math.floor(quiet / calm))
  const points = Math.max(free, row.points + 1 - forgiven)
  const delay = Math.min(longestDelay, firstDelay * 2 ** (points - free))
  return { points, expire: at + delay + window }
}
