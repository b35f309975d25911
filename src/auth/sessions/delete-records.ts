import type { SessionId } from '../../session/key.ts'
import type { SessionStore } from '../../session/store.ts'

/** Where records are deleted. */
export interface Deleting {
  readonly store: Pick<SessionStore, 'delete' | 'deleteMany'>
  /** Are records kept in the roster's rows? Then they end with these. */
  readonly recordsAreRows?: boolean
}

/** How many records it deletes at once. */
const recordsAtOnce = 200

/** Deletes the records of sessions where they are not in the roster's rows. Rejects where the store fails. */
export async function deleteRecords(
  { store, recordsAreRows }: Deleting,
  ids: readonly SessionId[],
): Promise<void> {
  if (recordsAreRows) return
  for (let at = 0; at < ids.length; at += recordsAtOnce) {
    const some = ids.slice(at, at + recordsAtOnce)
    if (store.deleteMany) await store.deleteMany(some)
    else await Promise.all(some.map((id) => store.delete(id)))
  }
}
