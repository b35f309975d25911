import type { Database } from '../../database/database.ts'
import { removal } from '../../database/removal.ts'
import type { Removed } from '../../database/removal.ts'
import type { Statement } from '../../database/statements.ts'
import { clearStore } from '../../session/clearing.ts'
import type { ClearingTurn, SessionStore } from '../../session/store.ts'

/**
 * Removes what expired at or before `at`, in milliseconds since 1970, in steps of at most `size()` things, and yields how
 * many each step has removed. Between two steps the caller may pause as long as it likes.
 */
export type Clear = (at: number, size: () => number) => AsyncIterable<number>

const ranOut = `"endedAt" IS NULL OR "endReason" = 'EXPIRED'`
const rows = removal('Session', 'id', 'expiresAt', ranOut)
const attempts = removal('Attempt', 'key', 'expire')
const events = removal('AuditEvent', 'id', 'at')

/** What expires in the database. */
export interface ExpiredRows {
  /** Rows of sessions, with the records that are in them. */
  readonly sessions: Clear
  /** Counted attempts, and events of the audit that are older than `retention` seconds; 0: those stay for ever. */
  readonly others: readonly Clear[]
}

/** What `expiredRows` needs to know. */
export interface ExpiredRowsOptions {
  /** AUDIT_RETENTION, in seconds. */
  readonly retention: number
  /** Called after each step with how many of the removed sessions had simply run out. */
  readonly onExpired?: (count: number) => void
}

/** What expires in the database. Every process and every command removes it by these statements. */
export function expiredRows(
  db: Database,
  { retention, onExpired }: ExpiredRowsOptions,
): ExpiredRows {
  const past: Clear = (at, size) => clear(events, at - retention * 1000, size)
  return {
    sessions: (at, size) => clear(rows, at, size),
    others: [(at, size) => clear(attempts, at, size), ...(retention === 0 ? [] : [past])],
  }

  /**
   * Each step begins where the one before ended, because PostgreSQL keeps dead entries at the start of the index for a while.
   * Where a small first step finds more to do, the others run off the event loop.
   */
  async function* clear(removing: Statement<Removed>, at: number, size: () => number) {
    for (let from = 0; ;) {
      const limit = size()
      const values = [new Date(from), new Date(at), limit]
      const write = from > 0 ? db.writeAside : db.statements.write
      const { count, rows: gone } = await write(removing, values)
      const expired = gone.reduce((sum, { counted = 0 }) => sum + counted, 0)
      if (expired > 0) onExpired?.(expired)
      yield count
      if (count < limit) return
      from = gone.reduce((last, row) => Math.max(last, row.at), from)
    }
  }
}

/**
 * What expires in a store that is not the database. `unlessAnother`: removes nothing where another process has begun the same
 * a short while ago.
 */
export function expiredRecords(store: SessionStore, options?: ClearingTurn): Clear {
  return (at, size) => clearStore(store, at, size, options)
}
