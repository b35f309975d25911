import type { Database } from '../../database/database.ts'
import { parseId } from '../../session/key.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionStore } from '../../session/store.ts'
import { within } from '../keyset.ts'
import type { KeysetRange } from '../keyset.ts'
import { matching } from './session-filter.ts'
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

/** What there is to know of the sessions of this server, for their owners and for staff. */
export interface SessionList {
  /** The sessions in `range`, newest first by the instant that they began, then by id. */
  list(filter: SessionFilter, range: KeysetRange): Promise<ListedSession[]>
  count(filter: SessionFilter): Promise<number>
  stats(): Promise<SessionStats>
  /** How many would have expired by now, those that were ended before among them. */
  countOverdue(): Promise<number>
  /** Null where the roster has no such session. */
  find(id: SessionId): Promise<ListedSession | null>
  /** The ids that begin with `start`, and so many at most. */
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

/** The list in the Session table. The data is in the store. */
export function createSessionList({ db, store, now }: SessionListOptions): SessionList {
  return { list, count, stats, countOverdue, find, idsFrom, dataOf }

  function list(filter: SessionFilter, { take, direction, ...ends }: KeysetRange) {
    return db.session.findMany({
      where: {
        AND: [matching(filter, now()), ...within(ends, (createdAt) => ({ createdAt }))],
      },
      orderBy: [{ createdAt: direction }, { id: direction }],
      take,
      select: listedColumns,
    })
  }

  function count(filter: SessionFilter): Promise<number> {
    return db.session.count({ where: matching(filter, now()) })
  }

  async function stats(): Promise<SessionStats> {
    const [active, authenticated, expired] = await Promise.all([
      count({}),
      count({ authenticated: true }),
      count({ status: 'EXPIRED' }),
    ])
    return { active, authenticated, expired }
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
    const where = { id: { startsWith: start }, ...(alive && { endedAt: null }) }
    const rows = await db.session.findMany({ where, select: { id: true }, take })
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
