import type { Database } from '../database/database.ts'
import { removal } from '../database/removal.ts'
import type { Removed } from '../database/removal.ts'
import type { Statement } from '../database/statements.ts'
import { clearStore } from '../session/clearing.ts'
import type { SessionStore } from '../session/store.ts'

/**
 * Removes what expired at or before `at`, in milliseconds since 1970, in steps of at most `size()` things, and yields how
 * many each step has removed. Nothing is removed between two steps, for as long as the caller likes.
 */
export type Clear = (at: number, size: () => number) => AsyncIterable<number>

const sessions = removal('Session', 'id', 'expiresAt')
const attempts = removal('Attempt', 'key', 'expire')
const events = removal('AuditEvent', 'id', 'at')

/** What expires in the database: rows of sessions, with the records in them, counted attempts, and events of the audit. */
export function expiredRows(db: Database, { retention }: { readonly retention: number }): Clear[] {
  const past: Clear = (at, size) => clear(events, at - retention * 1000, size)
  return [
    (at, size) => clear(sessions, at, size),
    (at, size) => clear(attempts, at, size),
    ...(retention === 0 ? [] : [past]),
  ]

  /** Each step begins where the one before ended: PostgreSQL keeps dead entries at the start of the index for a while. */
  async function* clear(removing: Statement<Removed>, at: number, size: () => number) {
    for (let from = 0; ;) {
      const limit = size()
      const values = [new Date(from), new Date(at), limit]
      const { count, rows } = await db.statements.write(removing, values)
      yield count
      if (count < limit) return
      from = rows.reduce((last, row) => Math.max(last, row.at), from)
    }
  }
}

/** What expires in a store that is not the database. One where the medium forgets by itself has nothing to remove. */
export function expiredRecords(store: SessionStore): Clear {
  return (at, size) => clearStore(store, at, size)
}
