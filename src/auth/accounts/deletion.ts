import type { Database } from '../../database/database.ts'
import { invalid, NotFound } from '../../refusals.ts'
import type { ActedBy, AuthEvent } from '../audit/auth-event.ts'
import { forgetUser } from '../audit/forget-user.ts'
import { deleteRecords } from '../sessions/delete-records.ts'
import { setUserActive } from './activation.ts'
import type { EndingContext } from '../sessions/ending.ts'
import type { SessionId } from '../../session/key.ts'
import type { User } from '../users/user.ts'
import type { UserName, Users } from '../users/users.ts'

/** The outcome of deleting a user. */
export interface Deletion {
  /** The user as they were before. */
  readonly user: User
  /** How many sessions it ended. */
  readonly revokedCount: number
}

/** Erases a user. */
export interface Deleting {
  /**
   * Ends every session of the user, removes their records, takes the user out of the audit, and erases the account, in this
   * order. Where the process dies or the store fails on the way, the user remains and may not sign in; a second call
   * finishes. Throws `NotFound`, or `InvalidInput` for users who would delete themselves.
   */
  delete(
    name: UserName,
    by: ActedBy,
    /** Called with how many of their sessions have been removed. */
    onProgress?: (removed: number) => void,
  ): Promise<Deletion>
}

/** What erasing a user needs. */
export interface DeletingOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  readonly ending: EndingContext
  notify(event: AuthEvent): Promise<void>
}

/** How late an event may reach the audit, clocks that differ included, in milliseconds. */
const longestRace = 600_000

/** How many rows one statement removes: few enough that no other writer waits for long. */
const rowsAtOnce = 400

/** Erases users from the User table, and their traces from the other tables. */
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
    // From here on the user cannot sign in, so that no session begins while this removes the others.
    const outcome = await setUserActive(ending, id, false, null)
    const revokedCount = outcome?.endedCount ?? 0
    await removeSessions(id, onProgress)
    await forgetUser(db, id)
    await removeAccount(id, ending.now() - longestRace)
    // There is no row that the event could point to. The id names no person any more, but an operator who restores a backup
    // needs it.
    await notify({ type: 'USER_DELETED', ...by, subjectId: null, detail: { userId: id } })
    return { user, revokedCount }
  }

  /**
   * In batches, so that other writers do not wait for one long statement, until no row is left: a change of key that is taken
   * back meanwhile gives its old session back. The records go before the rows that name them, so that a second call after a
   * failure still finds them. Rejects where the database keeps a row that it was to remove.
   */
  async function removeSessions(
    userId: string,
    onProgress?: (removed: number) => void,
  ): Promise<void> {
    let removed = 0
    let before: ReadonlySet<string> = new Set()
    for (;;) {
      const rows = await db.session.findMany({
        where: { userId },
        take: rowsAtOnce,
        select: { id: true, previousId: true },
      })
      if (rows.length === 0) return
      if (rows.every(({ id }) => before.has(id)))
        throw new Error('The database keeps sessions of the user that it was told to remove.')
      before = new Set(rows.map(({ id }) => id))
      // A change of key may have failed to remove the record under the old key.
      const ids = rows.flatMap(({ id, previousId }) => (previousId ? [id, previousId] : [id]))
      await deleteRecords(ending, ids as SessionId[])
      const { count } = await db.session.deleteMany({ where: { id: { in: [...before] }, userId } })
      onProgress?.((removed += count))
    }
  }

  /** In one transaction with events that reached the audit meanwhile, such as a refused login. */
  async function removeAccount(id: string, since: number): Promise<void> {
    await db.$transaction(async (all) => {
      // Changing the unique name locks the row on PostgreSQL: from here on no event can point to it. SQLite has one writer
      // anyway.
      await all.user.updateMany({ where: { id }, data: { usernameKey: `${id} erased` } })
      await forgetUser(all, id, new Date(since))
      await all.user.deleteMany({ where: { id } })
    })
  }
}
