import { statement } from '../../database/statements.ts'
import type { RowClocks } from '../../session/roster.ts'
import { userFrom } from '../users/user-row.ts'
import type { UserRow } from '../users/user-row.ts'
import type { User } from '../users/user.ts'

/** A row of the roster with its user, whose columns are null where it names none. */
export interface RosterRow extends Omit<UserRow, 'id'> {
  /** The user's id. */
  readonly id: string | null
  /** The epoch that the row was last moved to. The user's own is `epoch`. */
  readonly rowEpoch: number | null
  readonly endedAt: number | null
  readonly version: number
}

/** A row together with the record that an engine keeps in it; null where it keeps none there. */
export interface RecordRow extends RosterRow {
  readonly data: string | null
}

const columns = `s.epoch AS "rowEpoch", s."endedAt", s.version, u.id, u.username, u.email, u."isActive", u."isStaff",
  u.epoch, u."dateJoined", u."lastLogin"`

const tables = `FROM "Session" s LEFT JOIN "User" u ON u.id = s."userId" WHERE s.id = $1`

/** The row of the session `$1` and its user. */
export const rosterRow = statement<RosterRow>(`SELECT ${columns} ${tables}`)

/** The row of the session `$1`, its record and its user: all that a signed-in request needs to know. */
export const recordRow = statement<RecordRow>(`SELECT ${columns}, s.data ${tables}`)

/**
 * The same, with the record of a guest's session alone. The cache holds copies of the others, and is asked at the same time.
 */
export const rowBesideCopy = statement<RecordRow>(
  `SELECT ${columns}, CASE WHEN s."userId" IS NULL THEN s.data END AS data ${tables}`,
)

/**
 * Copies the clocks `$2` to `$4` of a record that is kept elsewhere into the living row of its session `$1`, where that still
 * expires at `$5`, and in any case at `$6`. Leaves `createdAt` out, because SQLite would write each of its indexes.
 */
export const copyClocks = statement(
  `UPDATE "Session" SET "lastSeenAt" = $2, "expiresAt" = $3, "absoluteExpiresAt" = $4
   WHERE id = $1 AND "endedAt" IS NULL AND "expiresAt" = $5 AND "absoluteExpiresAt" IS NOT DISTINCT FROM $6`,
)

/** The clocks of the living row of the session `$1`. */
export const clocksInRow = statement<RowClocks>(
  `SELECT "lastSeenAt", "expiresAt", "absoluteExpiresAt" FROM "Session"
   WHERE id = $1 AND "endedAt" IS NULL`,
)

/**
 * Copies them where each cookie carries its record. An older cookie may have the later end, and opens the session until then.
 * So the row stays alive as long as any of them, and statements that end living sessions find it.
 */
export const copyClocksOfCookie = statement(
  `UPDATE "Session" SET "lastSeenAt" = $2,
     "expiresAt" = CASE WHEN "expiresAt" > $3 THEN "expiresAt" ELSE $3 END, "absoluteExpiresAt" = $4
   WHERE id = $1 AND "endedAt" IS NULL`,
)

/** The user whom the row names; null where it names none. */
export function userOf(row: RosterRow): User | null {
  return hasUser(row) ? userFrom(row) : null
}

function hasUser(row: RosterRow): row is RosterRow & UserRow {
  return row.id !== null
}
