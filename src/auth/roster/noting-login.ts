import { run, statement } from '../../database/statements.ts'
import type { Work } from '../../database/statements.ts'
import type { Enrolment } from '../../session/roster.ts'
import { userFrom, userRowColumns } from '../users/user-row.ts'
import type { UserRow } from '../users/user-row.ts'
import type { User } from '../users/user.ts'
import { InvalidCredentials } from '../../refusals.ts'

/** Writes down that a user signs in, where the password that was checked is still theirs, and they are active. */
export const noteLogin = statement<UserRow>(
  `UPDATE "User" SET "lastLogin" = $3 WHERE id = $1 AND epoch = $2 AND "isActive" = $4 RETURNING ${userRowColumns}`,
)

/**
 * Notes the login, if it is one. Since the check of the password, it may have changed, or its user been deactivated or deleted.
 * Comes before the session's row, which cannot point to a user who is gone. `now`: milliseconds since 1970.
 */
export function* signIn({ record, isLogin }: Enrolment, now: number): Work<User | null> {
  if (!isLogin || record.auth === null) return null
  const { userId, epoch } = record.auth
  const [user] = (yield* run(noteLogin, [userId, epoch, new Date(now), true])).rows
  if (user === undefined) throw new InvalidCredentials()
  return userFrom(user)
}
