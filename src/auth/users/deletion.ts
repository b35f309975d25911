import type { Database } from '../../database/database.ts'
import { invalid, NotFound } from '../../refusals.ts'
import type { ActedBy, AuthEvent } from '../audit/auth-event.ts'
import { forgetUser } from '../audit/forgetting.ts'
import { setUserActive } from '../sessions/ending.ts'
import type { EndingContext } from '../sessions/ending.ts'
import type { User } from './user.ts'
import type { UserName, Users } from './users.ts'

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
   * Ends every session of the user, takes them out of the audit, and erases the account. Where it is cut off the user is
   * there and may not sign in, and it can be done again. Throws `NotFound`, or `InvalidInput` for users who would do it
   * to themselves.
   */
  delete(name: UserName, by: ActedBy): Promise<Deletion>
}

/** What it takes to erase a user. */
export interface DeletingOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  readonly ending: EndingContext
  notify(event: AuthEvent): Promise<void>
}

/** How many rows one statement removes: few enough that no other writer waits for long. */
const rowsAtOnce = 400

/** Erases users from the User table, and what the other tables have of them. */
export function createDeleting({ db, users, ending, notify }: DeletingOptions): Deleting {
  return { delete: deleteUser }

  async function deleteUser(name: UserName, by: ActedBy): Promise<Deletion> {
    const user = await users.find(name)
    if (user === null) throw new NotFound('user')
    const { id } = user
    if (id === by.actorId) throw invalid('id', { message: 'Not yourself.', code: 'NOT_ALLOWED' })
    // From here on nothing lets them in, so that no session begins while the others are removed.
    const outcome = await setUserActive(ending, id, false, null)
    const revokedCount = outcome?.endedCount ?? 0
    await removeRows(id)
    await forgetUser(db, id)
    await db.user.deleteMany({ where: { id } })
    // The row that the event would point to is gone. The id names no person any more, and a restored backup is put right by it.
    await notify({ type: 'USER_DELETED', ...by, subjectId: null, detail: { userId: id } })
    return { user, revokedCount }
  }

  /** In batches: one statement for all of them would be the user's own, and others would wait for it. */
  async function removeRows(userId: string): Promise<void> {
    for (let count = rowsAtOnce; count === rowsAtOnce;)
      count = (await db.session.deleteMany({ where: { userId }, limit: rowsAtOnce })).count
  }
}
