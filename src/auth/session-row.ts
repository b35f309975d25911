import { statement } from '../database/statements.ts'
import { userFrom } from './user-row.ts'
import type { User } from './user.ts'

/** What the roster says of a session, and of the user whom its row names. Truths are 1 or 0, instants milliseconds. */
export interface RosterRow {
  readonly userId: string | null
  readonly epoch: number | null
  readonly endedAt: number | null
  readonly version: number
  readonly username: string
  readonly email: string | null
  readonly isActive: number
  readonly isStaff: number
  readonly userEpoch: number
  readonly dateJoined: number
  readonly lastLogin: number | null
}

/** The same, with the record that an engine keeps in the row; null where it keeps none there. */
export interface RecordRow extends RosterRow {
  readonly data: string | null
}

const columns = `s."userId", s.epoch, s."endedAt", s.version, u.username, u.email, u."isActive", u."isStaff",
  u.epoch AS "userEpoch", u."dateJoined", u."lastLogin"`

const tables = `FROM "Session" s LEFT JOIN "User" u ON u.id = s."userId" WHERE s.id = $1`

/** The row of the session `$1` and its user. */
export const rosterRow = statement<RosterRow>(`SELECT ${columns} ${tables}`)

/** The row of the session `$1`, its record and its user: all that a signed-in request needs to know. */
export const recordRow = statement<RecordRow>(`SELECT ${columns}, s.data ${tables}`)

/** Copies the clocks `$2` to `$5` of a record that is kept elsewhere into the living row of its session `$1`. */
export const copyClocks = statement(
  `UPDATE "Session" SET "createdAt" = $2, "lastSeenAt" = $3, "expiresAt" = $4, "absoluteExpiresAt" = $5
   WHERE id = $1 AND "endedAt" IS NULL`,
)

/** The user whom the row names; null where it names none. */
export function userOf(row: RosterRow): User | null {
  if (row.userId === null) return null
  return userFrom({ ...row, id: row.userId, epoch: row.userEpoch })
}
