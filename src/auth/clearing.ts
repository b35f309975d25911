import type { ActedBy } from './audit/auth-event.ts'
import { within } from './sessions/patience.ts'
import type { PatienceFor } from './sessions/patience.ts'

/** How many rows one batch of a purge deletes: few enough that no request waits for longer than one query takes. */
const purgeBatch = 500

/** Removes at most `limit` things that have expired, and says how many. */
export type Purge = (limit: number) => Promise<number>

/** What expires. */
export interface ClearingOptions {
  /** Sessions: the records of the store, and the rows of the roster. */
  readonly records: Purge
  readonly rows: Purge
  /** What else grows old: counts of attempts, and events of the audit. */
  readonly others: readonly Purge[]
  readonly patienceFor: PatienceFor
}

/**
 * Removes everything that has expired, in batches, and says how many sessions that were. A caller with no patience for all
 * of it calls again. It calls `report` after every batch of sessions.
 */
export type ClearExpired = (
  by: Pick<ActedBy, 'client'>,
  report?: (total: number) => void,
) => Promise<number>

/** Django's clearsessions. */
export function createClearing(options: ClearingOptions): ClearExpired {
  const { records, rows, others, patienceFor } = options

  return async (by, report) => {
    const mayGoOn = within(patienceFor(by))
    let total = 0
    let [stored, listed] = [purgeBatch, purgeBatch]
    for (;;) {
      // Where nothing is left, it is not asked again: a store may have to look through everything to say so.
      if (stored > 0) stored = await records(purgeBatch)
      if (listed > 0) listed = await rows(purgeBatch)
      if (stored + listed === 0) break
      total += Math.max(stored, listed)
      report?.(total)
      if (!mayGoOn()) return total
      await pause()
    }
    for (const purge of others) while ((await purge(purgeBatch)) > 0) await pause()
    return total
  }
}

/** Between two batches, what waits for the event loop, or for SQLite's one writer, goes first. */
function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 1))
}
