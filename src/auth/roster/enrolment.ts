import type { Database } from '../../database/database.ts'
import { run, statement } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionRecord } from '../../session/record.ts'
import type { PreviousSession } from '../../session/roster.ts'
import { leaveOfPrevious } from './last-words.ts'
import { clocksOf, originOf } from './roster-row.ts'
import type { Client } from '../../http/client.ts'
import { userFrom, userRowColumns } from '../users/user-row.ts'
import type { UserRow } from '../users/user-row.ts'
import type { User } from '../users/user.ts'
import { InvalidCredentials } from '../../refusals.ts'
import type { Soon } from '../../waiting/soon.ts'

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
  readonly recordsAreRows: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What came of it. */
export interface Enrolled {
  /** The user, as a login left them; null where it was none. */
  readonly user: User | null
}

/** These take the row `$1` from the user `$2`, where it has not ended: `remove` deletes a row without a record, `disown` keeps the record. */
const owned = `WHERE id = $1 AND "userId" = $2 AND "endedAt" IS NULL`
const remove = statement(`DELETE FROM "Session" ${owned} AND data IS NULL`)
const disown = statement(`UPDATE "Session" SET "userId" = NULL ${owned}`)

const place = statement(
  `INSERT INTO "Session" AS s (id, "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt", "ipAddress", "userAgent",
     "userId", epoch, "previousId", "previousAt")
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
   ON CONFLICT (id) DO UPDATE SET "createdAt" = $2, "lastSeenAt" = $3, "expiresAt" = $4, "absoluteExpiresAt" = $5,
     "ipAddress" = $6, "userAgent" = $7, "userId" = $8, epoch = $9, "previousId" = COALESCE($10, s."previousId"),
     "previousAt" = COALESCE($11, s."previousAt")`,
)
/** The same where the store has made the row: its clocks are there, and no index of them is written twice. */
const take = statement(
  `UPDATE "Session" SET "ipAddress" = $2, "userAgent" = $3, "userId" = $4, epoch = $5,
     "previousId" = COALESCE($6, "previousId"), "previousAt" = COALESCE($7, "previousAt") WHERE id = $1`,
)
const noteOrigin = statement(
  'UPDATE "Session" SET "ipAddress" = $2, "userAgent" = $3 WHERE id = $1',
)
const noteLogin = statement<UserRow>(
  `UPDATE "User" SET "lastLogin" = $3 WHERE id = $1 AND epoch = $2 AND "isActive" = $4 RETURNING ${userRowColumns}`,
)

/** The statements of an enrolment, for the doubles of the tests. */
export const enrolmentStatements = { remove, disown, place, take, noteOrigin, noteLogin }

/**
 * Writes the session's row, and lets go of that of the session whose place it takes, all or nothing. Null where that one
 * was over already. Throws `InvalidCredentials` at a login whose user may not, or no longer, sign in by what was checked.
 */
export function enroll(db: Database, enrolment: Enrolment): Soon<Enrolled | null> {
  const { id, record, previous, isLogin, client, recordsAreRows, now } = enrolment
  const { ipAddress, userAgent } = originOf(client)
  const { auth } = record
  if (auth === null) {
    // A guest's row is the store's, which does not know who sends the request.
    return recordsAreRows ? noteGuest() : noUser
  }
  const { userId, epoch } = auth
  const at = new Date(now)
  const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = clocksOf(record)
  const clocks = [createdAt, lastSeenAt, expiresAt, absoluteExpiresAt]
  const before = previous ? [previous.id, at] : [null, null]
  const owner = [ipAddress, userAgent, userId, epoch, ...before]

  return db.statements.transaction<Enrolled | null>(function* () {
    if (previous?.auth) {
      const old = [previous.id, previous.auth.userId]
      yield* run(leaveOfPrevious, [previous.id])
      // A row that stays keeps its epoch, which `withdraw` needs to give it back to its user.
      const isGone = !recordsAreRows && (yield* run(remove, old)).count > 0
      // While sessions move between engines, some rows hold a record where others do not.
      if (!isGone && (yield* run(disown, old)).count === 0) return null
    }
    const isThere = recordsAreRows && (yield* run(take, [id, ...owner])).count > 0
    if (!isThere) yield* run(place, [id, ...clocks, ...owner])
    if (!isLogin) return noUser
    // The password was checked some time ago: it may have been changed since, or its user deactivated.
    const [user] = (yield* run(noteLogin, [userId, epoch, at, true])).rows
    if (user === undefined) throw new InvalidCredentials()
    return { user: userFrom(user) }
  })

  async function noteGuest(): Promise<Enrolled> {
    await db.statements.write(noteOrigin, [id, ipAddress, userAgent])
    return noUser
  }
}

const noUser: Enrolled = { user: null }
