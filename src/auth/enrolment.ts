import type { Database } from '../database/database.ts'
import type { SessionId } from '../session/key.ts'
import type { SessionRecord } from '../session/record.ts'
import type { PreviousSession } from '../session/roster.ts'
import { clocksOf, originOf } from './roster-row.ts'
import type { Client } from '../http/client.ts'
import { userColumns } from './user.ts'
import type { User } from './user.ts'
import { InvalidCredentials } from '../refusals.ts'

/** A session that takes its place on the roster. */
export interface Enrolment {
  readonly id: SessionId
  readonly record: SessionRecord
  /** The session whose place it takes; null where it takes none. */
  readonly previous: PreviousSession | null
  /** Has its user just signed in? */
  readonly isLogin: boolean
  readonly client: Client
  /** Does the engine keep its records in the roster's rows? Then the row is there, and so is that of `previous`. */
  readonly sharesRows: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What came of it. */
export interface Enrolled {
  /** The user, as a login left them; null where it was none. */
  readonly user: User | null
}

/**
 * Writes the session's row, and lets go of that of the session whose place it takes, all or nothing. Null where that one
 * was over already. Throws `InvalidCredentials` at a login whose user may not, or no longer, sign in by what was checked.
 */
export async function enroll(db: Database, enrolment: Enrolment): Promise<Enrolled | null> {
  const { id, record, previous, isLogin, client, sharesRows, now } = enrolment
  if (record.auth === null) {
    // A guest's row is the store's, which does not know who sends the request.
    if (sharesRows) await db.session.updateMany({ where: { id }, data: originOf(client) })
    return { user: null }
  }
  const { userId, epoch } = record.auth
  const at = new Date(now)
  const columns = {
    ...clocksOf(record),
    ...originOf(client),
    userId,
    epoch,
    ...(previous && { previousId: previous.id, previousAt: at }),
  }
  return db.$transaction(async (tx) => {
    if (previous?.auth) {
      const { id: oldId, auth: old } = previous
      const where = { id: oldId, userId: old.userId, endedAt: null }
      const moved = await tx.session.deleteMany({ where: { ...where, data: null } })
      // The epoch stays, for the case that the row has to be put back.
      const left = await tx.session.updateMany({ where, data: { userId: null } })
      if (moved.count + left.count === 0) return null
    }
    await tx.session.upsert({ where: { id }, create: { id, ...columns }, update: columns })
    if (!isLogin) return { user: null }
    // The password was checked some time ago: it may have been changed since, or its user deactivated.
    const [user] = await tx.user.updateManyAndReturn({
      where: { id: userId, epoch, isActive: true },
      data: { lastLogin: at },
      select: userColumns,
    })
    if (user === undefined) throw new InvalidCredentials()
    return { user }
  })
}
