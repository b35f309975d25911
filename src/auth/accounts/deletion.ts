import type { Database } from '../../database/database.ts'
import { invalid, NotFound } from '../../refusals.ts'
import type { ActedBy, AuthEvent } from '../audit/auth-event.ts'
import { forgetUser } from '../audit/forget-user.ts'
import { deleteRecords } from '../sessions/ending.ts'
import { setUserActive } from './activation.ts'
import type { EndingContext } from '../sessions/ending.ts'
import type { SessionId } from '../../session/key.ts'
import type { User } from '../users/user.ts'
import type { UserName, Users } from '../users/users.ts'

/** The outcome of deleting a user. */
export interface Deletion {
  /** As they were. */
  readonly user: User
  /** How many sessions it ended. */
  readonly revokedCount: number
}

/** Erases a user. */
export interface Deleting {
  /**
   * Ends every session of the user, removes what the store has of them, takes the user out of the audit, and erases the
   * account, in this order. Where it is cut off, or the store fails, the user is there and may not sign in, and doing it
   * again finishes it. Throws `NotFound`, or `InvalidInput` for users who would do it to themselves.
   */
  delete(
    name: UserName,
    by: ActedBy,
    /** Called with how many of their sessions have been removed. */
    onProgress?: (removed: number) => void,
  ): Promise<Deletion>
}

/** What it takes to erase a user. */
export interface DeletingOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  readonly ending: EndingContext
  notify(event: AuthEvent): Promise<void>
}

/** How long an event may take to reach the audit, and clocks of processes may differ, in milliseconds. */
const longestRace = 600_000

/** How many rows one statement removes: few enough that no other writer waits for long. */
const rowsAtOnce = 400

/** Erases users from the User table, and what the other tables have of them. */
export function createDeleting({ db, users, ending, notify }: DeletingOptions): Deleting {
  return { delete: deleteUser }

  async function deleteUser(
    name: UserName,
    by: ActedBy,
    onProgress?: (removed: number) => void,
  ): Promise<Deletion> {
    const user = await users.find(name)
    if (user === null) throw new NotFound('user')
    const { id } = user
    if (id === by.actorId) throw invalid('id', { message: 'Not yourself.', code: 'NOT_ALLOWED' })
    // From here on nothing lets them in, so that no session begins while the others are removed.
    const outcome = await setUserActive(ending, id, false, null)
    const revokedCount = outcome?.endedCount ?? 0
    await removeSessions(id, onProgress)
    await forgetUser(db, id)
    await removeAccount(id, ending.now() - longestRace)
    // The row that the event would point to is gone. The id names no person any more, and a restored backup is put right by it.
    await notify({ type: 'USER_DELETED', ...by, subjectId: null, detail: { userId: id } })
    return { user, revokedCount }
  }

  /**
   * In batches: one statement for all of them would be the user's own, and others would wait for it. The records go before
   * the rows that name them, so that a deletion that was cut off still finds them when it is done again.
   */
  async function removeSessions(
    userId: string,
    onProgress?: (removed: number) => void,
  ): Promise<void> {
    let removed = 0
    for (;;) {
      const rows = await db.session.findMany({
        where: { userId },
        take: rowsAtOnce,
        select: { id: true, previousId: true },
      })
      // A change of key may have failed to remove the record under the key before.
      const ids = rows.flatMap(({ id, previousId }) => (previousId ? [id, previousId] : [id]))
      await deleteRecords(ending, ids as SessionId[])
      await db.session.deleteMany({ where: { id: { in: rows.map(({ id }) => id) }, userId } })
      removed += rows.length
      onProgress?.(removed)
      if (rows.length < rowsAtOnce) return
    }
  }

  /** By one transaction with what reached the audit meanwhile, a refused login among it. */
  async function removeAccount(id: string, since: number): Promise<void> {
    await db.$transaction(async (all) => {
      // A new key locks the row on PostgreSQL: no event can point to it from here on. SQLite has one writer anyway.
      await all.user.updateMany({ where: { id }, data: { usernameKey: `${id} erased` } })
      await forgetUser(all, id, new Date(since))
      await all.user.deleteMany({ where: { id } })
    })
  }
}
