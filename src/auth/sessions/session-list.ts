import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import { parseId } from '../../session/key.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionStore } from '../../session/store.ts'
import type { KeysetRange } from '../lists/keyset.ts'
import { among, fewSessions } from './few-sessions.ts'
import { begunAnyTime, begunWithin, matching } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'
import { userColumns } from '../users/user.ts'
import type { User } from '../users/user.ts'

/** A session as the roster lists it, with the user who is signed in. It holds no secret: the id opens nothing. */
export interface ListedSession {
  readonly id: string
  /** Null for a guest's. */
  readonly user: User | null
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
  readonly endReason: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** How many sessions there are of each kind. */
export interface SessionStats {
  readonly active: number
  readonly authenticated: number
  readonly expired: number
}

/** Lists the sessions of this server, for their owners and for staff. */
export interface SessionList {
  /** The sessions in `range`, newest first by the instant that they began, then by id. */
  list(filter: SessionFilter, range: KeysetRange): Promise<ListedSession[]>
  /** Looks at every row that may match. On SQLite the server does nothing else meanwhile: half a second for a million. */
  count(filter: SessionFilter): Promise<number>
  /** Looks at every row, as `count` does. */
  stats(): Promise<SessionStats>
  /** How many would have expired by now, those that were ended earlier included. */
  countOverdue(): Promise<number>
  /** Null where the roster has no such session. */
  find(id: SessionId): Promise<ListedSession | null>
  /** Up to `take` ids that begin with the hexadecimal `start`. Looks at every id: 0.1 s for a million. */
  idsFrom(
    start: string,
    options: { readonly alive: boolean; readonly take: number },
  ): Promise<string[]>
  /** Its decoded data, for staff; null where it ended, or no store of the server has it. */
  dataOf(session: Pick<ListedSession, 'id' | 'endedAt'>): Promise<object | null>
}

/** What a list of sessions is read from. */
export interface SessionListOptions {
  readonly db: Database
  readonly store: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * One look at every row, so that the figures agree: three counts would take three times as long. A sum of no rows is null.
 */
export const unendedRows = statement<{
  readonly active: number | null
  readonly authenticated: number | null
  readonly expired: number | null
}>(
  `SELECT CAST(sum(CASE WHEN s."endedAt" IS NULL AND s."expiresAt" > $1 THEN 1 ELSE 0 END) AS INTEGER) AS "active",
    CAST(sum(CASE WHEN s."endedAt" IS NULL AND s."expiresAt" > $1 AND s."userId" IS NOT NULL THEN 1 ELSE 0 END) AS INTEGER)
      AS "authenticated",
    CAST(sum(CASE WHEN s."endedAt" IS NOT NULL OR s."expiresAt" <= $1 THEN 1 ELSE 0 END) AS INTEGER) AS "expired"
   FROM "Session" s WHERE s."endedAt" IS NULL OR s."endReason" = 'EXPIRED'`,
)

/**
 * The ids of the pattern `$1`. An index could find them between two bounds, but would miss some where the database sorts as
 * in Danish or Welsh, with `aa` after `z`, or `dd` after `dz`.
 */
const idsOf = `SELECT s.id FROM "Session" s WHERE s.id LIKE $1`
export const idsOfAll = statement<{ readonly id: string }>(`${idsOf} LIMIT $2`)
export const idsOfLiving = statement<{ readonly id: string }>(
  `${idsOf} AND s."endedAt" IS NULL LIMIT $2`,
)

/** The list in the Session table. The data is in the store. */
export function createSessionList({ db, store, now }: SessionListOptions): SessionList {
  return { list, count, stats, countOverdue, find, idsFrom, dataOf }

  function list(filter: SessionFilter, { take, direction, ...ends }: KeysetRange) {
    return db.session.findMany({
      where: {
        AND: [matching(begunAnyTime(filter), now()), ...begunWithin(filter, ends)],
      },
      orderBy: [{ createdAt: direction }, { id: direction }],
      take,
      select: listedColumns,
    })
  }

  async function count(filter: SessionFilter): Promise<number> {
    const few = await fewSessions(db, filter)
    return db.session.count({ where: among(few, matching(filter, now())) })
  }

  async function stats(): Promise<SessionStats> {
    const { active, authenticated, expired } =
      (await db.statements.first(unendedRows, [new Date(now())])) ?? {}
    return { active: active ?? 0, authenticated: authenticated ?? 0, expired: expired ?? 0 }
  }

  function countOverdue(): Promise<number> {
    return db.session.count({ where: { expiresAt: { lte: new Date(now()) } } })
  }

  function find(id: SessionId): Promise<ListedSession | null> {
    return db.session.findUnique({ where: { id }, select: listedColumns })
  }

  async function idsFrom(
    start: string,
    { alive, take }: { readonly alive: boolean; readonly take: number },
  ): Promise<string[]> {
    const which = alive ? idsOfLiving : idsOfAll
    const rows = await db.statements.all(which, [`${start}%`, take])
    return rows.map(({ id }) => id)
  }

  async function dataOf({ id, endedAt }: Pick<ListedSession, 'id' | 'endedAt'>) {
    const known = endedAt === null ? parseId(id) : null
    const record = known && (await store.load(known))
    return record && record.data
  }
}

/** What a list reads of each row of the roster. */
export const listedColumns = {
  id: true,
  user: { select: userColumns },
  createdAt: true,
  lastSeenAt: true,
  expiresAt: true,
  endedAt: true,
  endReason: true,
  ipAddress: true,
  userAgent: true,
} as const
