import type { DefaultConnectionArguments } from '@pothos/plugin-relay'
import type { Database } from '../database/database.ts'
import { isStorable } from '../session/data.ts'
import type { Context } from './context.ts'
import { readPage, within } from './keyset.ts'
import { literal, spellings } from './literal.ts'

/** A row of the roster, for lists. */
export type RosterRow = NonNullable<Awaited<ReturnType<Database['session']['findFirst']>>>

/** Which sessions to list. What is left out, or null, does not matter; `status` is ACTIVE unless it says otherwise. */
export interface SessionFilter {
  readonly status?: 'ACTIVE' | 'ENDED' | 'EXPIRED' | 'ANY' | null | undefined
  readonly userId?: string | null | undefined
  readonly username?: string | null | undefined
  readonly authenticated?: boolean | null | undefined
  readonly ipAddress?: string | null | undefined
  readonly userAgentContains?: string | null | undefined
  readonly createdBefore?: Date | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly lastSeenBefore?: Date | null | undefined
}

/** No column of these holds a longer text. */
const longestText = 512

/** The filter as a condition on the roster's rows. `key` makes a username what the database compares. */
export function matching(filter: SessionFilter, now: number, key: (username: string) => string) {
  const { userId, username, authenticated, ipAddress, userAgentContains } = filter
  // PostgreSQL would fail over what cannot be stored, and SQLite over what is too long.
  const isPossible = [userId, username, ipAddress, userAgentContains].every(
    (text) => text == null || (text.length <= longestText && isStorable(text)),
  )
  if (!isPossible) return { id: { in: [] } }
  return {
    AND: [
      hasStatus(filter.status ?? 'ACTIVE', new Date(now)),
      userId != null ? { userId } : {},
      username != null ? { user: { usernameKey: key(username) } } : {},
      authenticated != null ? { userId: authenticated ? { not: null } : null } : {},
      ipAddress != null ? { ipAddress } : {},
      userAgentContains != null
        ? {
            OR: spellings(userAgentContains).map((text) => ({
              userAgent: { contains: literal(text) },
            })),
          }
        : {},
      filter.createdBefore ? { createdAt: { lt: filter.createdBefore } } : {},
      filter.createdAfter ? { createdAt: { gt: filter.createdAfter } } : {},
      filter.lastSeenBefore ? { lastSeenAt: { lt: filter.lastSeenBefore } } : {},
    ],
  }
}

/** A page of the sessions that `where` names, newest first. */
export async function pageOfSessions(
  { app: { db }, budget, session }: Context,
  where: object,
  args: DefaultConnectionArguments,
) {
  await session.record() // the caller's own row may be among them, and says then what the cookie says
  return readPage<RosterRow>(args, budget, {
    name: 'sessions',
    instantOf: ({ createdAt }) => createdAt,
    find: ({ take, direction, ...range }) =>
      db.session.findMany({
        where: { AND: [where, ...within(range, (createdAt) => ({ createdAt }))] },
        orderBy: [{ createdAt: direction }, { id: direction }],
        take,
      }),
    count: () => db.session.count({ where }),
  })
}

function hasStatus(status: NonNullable<SessionFilter['status']>, at: Date) {
  if (status === 'ACTIVE') return { endedAt: null, expiresAt: { gt: at } }
  if (status === 'ENDED') return { endedAt: { not: null } }
  return status === 'EXPIRED' ? { endedAt: null, expiresAt: { lte: at } } : {}
}
