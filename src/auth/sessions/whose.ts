import type { Database } from '../../database/database.ts'
import { userColumns } from '../users/user.ts'
import type { User } from '../users/user.ts'
import type { SessionCondition } from './end-rows.ts'

/** How many sessions of some are one user's; null for guests. */
export interface SessionsOfUser {
  readonly user: User | null
  readonly count: number
}

/** Whose some sessions are. */
export interface Whose {
  /** Of how many sessions this is said. */
  readonly count: number
  /** Guests, and the users who have the most of them, these first. */
  readonly named: readonly SessionsOfUser[]
  readonly others: { readonly users: number; readonly sessions: number }
}

/** So many users are named. The others are counted. */
const mostNamed = 12

/** Whose no sessions are. */
export const ofNone: Whose = { count: 0, named: [], others: { users: 0, sessions: 0 } }

/** Whose the sessions are that `which` matches. It reads all of them. */
export async function whoseAre(
  db: Pick<Database, 'session' | 'user'>,
  which: SessionCondition,
): Promise<Whose> {
  const found = await db.session.groupBy({ by: ['userId'], where: which, _count: { _all: true } })
  const counts = found.map(({ userId, _count }) => ({ userId, count: _count._all }))
  const most = counts.toSorted((a, b) => rankOf(b) - rankOf(a))
  const [named, others] = [most.slice(0, mostNamed), most.slice(mostNamed)]
  const ids = named.map(({ userId }) => userId).filter((id) => id !== null)
  const rows = await db.user.findMany({ where: { id: { in: ids } }, select: userColumns })
  const byId = new Map(rows.map((user) => [user.id, user]))
  return {
    count: sumOf(most),
    // A user who is gone by now has taken their sessions along.
    named: named
      .filter(({ userId }) => userId === null || byId.has(userId))
      .map(({ userId, count }) => ({ user: byId.get(userId ?? '') ?? null, count })),
    others: { users: others.length, sessions: sumOf(others) },
  }
}

/** Guests are none of the other users. */
function rankOf({
  userId,
  count,
}: {
  readonly userId: string | null
  readonly count: number
}): number {
  return userId === null ? Infinity : count
}

function sumOf(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}
