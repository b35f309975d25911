import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { Statement, Value } from '../../database/statements.ts'
import { firstPlace } from '../lists/keyset.ts'
import type { Position } from '../lists/keyset.ts'
import { fitsColumn, longestName } from '../lists/column-text.ts'
import type { SessionStatus } from './session-filter.ts'
import type { ListedSession } from './session-list.ts'
import type { SessionId } from '../../session/key.ts'
import { usernameKey } from '../users/username.ts'

/** A session as a list at the shell shows it, with the name of its user. */
export interface NewSession extends Omit<ListedSession, 'user'> {
  /** Null for a guest's. */
  readonly user: { readonly id: string; readonly username: string } | null
}

/** Which of them. */
export interface NewestOptions {
  readonly status: SessionStatus
  /** One user's only. */
  readonly username?: string | undefined
  /** Only those behind this place. */
  readonly after?: Position | null
  readonly take: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The newest sessions, by a statement of the driver: Prisma would take half of a command's time to compile its query. */
export async function newestSessions(
  { statements }: Pick<Database, 'statements'>,
  { status, username, after, take, now }: NewestOptions,
): Promise<NewSession[]> {
  if (username !== undefined && !fitsColumn(username, longestName)) return []
  const { ofAll, ofOne, isTimed } = listings[status]
  const { at, id } = after ?? firstPlace
  const values: Value[] = [take, at, id, ...(isTimed ? [new Date(now)] : [])]
  const rows =
    username === undefined
      ? await statements.all(ofAll, values)
      : await statements.all(ofOne, [...values, usernameKey(username)])
  return rows.map(sessionFrom)
}

/** The session of this id; null where the roster has none. */
export async function sessionOfId(
  { statements }: Pick<Database, 'statements'>,
  id: SessionId,
): Promise<NewSession | null> {
  const row = await statements.first(sessionRow, [id])
  return row && sessionFrom(row)
}

interface Row {
  readonly id: string
  readonly userId: string | null
  readonly username: string | null
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
  readonly endReason: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

const columns = `s.id, s."userId", u.username, s."createdAt", s."lastSeenAt", s."expiresAt", s."endedAt",
    s."endReason", s."ipAddress", s."userAgent"`

const tables = 'FROM "Session" s LEFT JOIN "User" u ON u.id = s."userId"'

/** The session `$1`. */
export const sessionRow = statement<Row>(`SELECT ${columns} ${tables} WHERE s.id = $1`)

/** The condition of each status in SQL, as `matching` of session-filter.ts has it for Prisma. */
const listings: Readonly<Record<SessionStatus, Listing>> = {
  ACTIVE: listingOf('s."endedAt" IS NULL AND s."expiresAt" > $4'),
  ENDED: listingOf(`s."endedAt" IS NOT NULL AND s."endReason" IS DISTINCT FROM 'EXPIRED'`),
  EXPIRED: listingOf(
    `(s."endReason" = 'EXPIRED' OR (s."endedAt" IS NULL AND s."expiresAt" <= $4))`,
  ),
  ANY: listingOf('TRUE'),
}

interface Listing {
  readonly ofAll: Statement<Row>
  /** Reads one user's sessions, by their index. */
  readonly ofOne: Statement<Row>
  /** Does it take the time as a parameter? A statement must get no parameter that it does not name. */
  readonly isTimed: boolean
}

function listingOf(condition: string): Listing {
  const isTimed = condition.includes('$4')
  const behind = 's."createdAt" <= $2 AND (s."createdAt" < $2 OR s.id < $3)'
  const newestFirst = 'ORDER BY s."createdAt" DESC, s.id DESC LIMIT $1'
  return {
    ofAll: statement(`SELECT ${columns} ${tables} WHERE ${condition} AND ${behind} ${newestFirst}`),
    ofOne: statement(
      `SELECT ${columns} FROM "User" u JOIN "Session" s ON s."userId" = u.id
      WHERE u."usernameKey" = $${isTimed ? 5 : 4} AND ${condition} AND ${behind} ${newestFirst}`,
    ),
    isTimed,
  }
}

function sessionFrom({ userId, username, ...row }: Row): NewSession {
  return {
    ...row,
    user: userId === null ? null : { id: userId, username: username ?? '' },
    createdAt: new Date(row.createdAt),
    lastSeenAt: new Date(row.lastSeenAt),
    expiresAt: new Date(row.expiresAt),
    endedAt: row.endedAt === null ? null : new Date(row.endedAt),
  }
}
