import { pause } from '../../waiting/pause.ts'
import type { ActedBy } from '../audit/auth-event.ts'
import { timeFor } from '../sessions/patience.ts'
import type { PatienceFor } from '../sessions/patience.ts'
import { agreedNow } from './agreed-now.ts'
import type { Clocks } from './agreed-now.ts'
import type { Clear } from './expired.ts'
import { noLoad } from './load.ts'
import { sweep } from './sweep.ts'

/** What the clearing of expired data needs. */
export interface ClearingOptions extends Clocks {
  /** Sessions: the rows of the roster, and the records of a store that keeps them elsewhere. A session may be in both. */
  readonly sessions: readonly Clear[]
  /** Other data that expire: counts of attempts, and events of the audit. */
  readonly others: readonly Clear[]
  readonly patienceFor: PatienceFor
  /** Counts everything that is removed, sessions or not. */
  readonly counts?: { cleared(count: number): void }
}

/**
 * Removes everything that has expired, in the steps of the server's own upkeep, and returns how many sessions that were. It
 * may stop before the end where the caller has little time: then call again. Calls `report` after every step that removes
 * sessions.
 */
export type ClearExpired = (
  by: Pick<ActedBy, 'client'>,
  report?: (total: number) => void,
) => Promise<number>

/** Django's clearsessions. */
export function createClearing(options: ClearingOptions) {
  const { sessions, others, patienceFor, counts } = options
  const clearExpired: ClearExpired = async (by, report) => {
    const mayGoOn = timeFor(patienceFor(by))
    const at = await agreedNow(options)
    const steps = { ...turns, mayGoOn: async () => mayGoOn() }
    let total = 0
    for (const clear of sessions) {
      let count = 0
      await sweep(clear, at, steps, (removed) => {
        counts?.cleared(removed)
        count += removed
        if (count <= total) return
        total = count
        report?.(total)
      })
    }
    for (const clear of others) await sweep(clear, at, steps, counts?.cleared)
    return total
  }
  return clearExpired
}

/** The caller waits, so it pauses briefly after each step, however busy the server is. */
const turns = {
  measureLoad: async (milliseconds: number) => {
    await pause(milliseconds)
    return noLoad
  },
  over: new AbortController().signal,
  most: 500,
}
