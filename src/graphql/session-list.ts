import { GraphQLError } from 'graphql'
import type { Database } from '../database/database.ts'

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

/** The filter as a condition on the roster's rows. `key` makes a username what the database compares. */
export function matching(filter: SessionFilter, now: number, key: (username: string) => string) {
  const { userId, username, authenticated, ipAddress, userAgentContains } = filter
  // No text holds a NUL, and PostgreSQL fails over the question.
  const isPossible = [userId, username, ipAddress, userAgentContains].every(
    (text) => !text?.includes('\0'),
  )
  if (!isPossible) return { id: { in: [] } }
  return {
    AND: [
      hasStatus(filter.status ?? 'ACTIVE', new Date(now)),
      userId != null ? { userId } : {},
      username != null ? { user: { usernameKey: key(username) } } : {},
      authenticated != null ? { userId: authenticated ? { not: null } : null } : {},
      ipAddress != null ? { ipAddress } : {},
      userAgentContains != null ? { userAgent: { contains: userAgentContains } } : {},
      filter.createdBefore ? { createdAt: { lt: filter.createdBefore } } : {},
      filter.createdAfter ? { createdAt: { gt: filter.createdAfter } } : {},
      filter.lastSeenBefore ? { lastSeenAt: { lt: filter.lastSeenBefore } } : {},
    ],
  }
}

/**
 * Rows on the far side of a cursor: newest first by createdAt, then id. The bound on createdAt alone lets the database
 * begin at the cursor: without it the index is walked from its end, and a page costs more the deeper it is.
 */
export function beyond(cursor: string | undefined, side: 'after' | 'before') {
  if (cursor === undefined) return {}
  const { createdAt, id } = parseCursor(cursor)
  return side === 'after'
    ? { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }] }
    : { createdAt: { gte: createdAt }, OR: [{ createdAt: { gt: createdAt } }, { id: { gt: id } }] }
}

/** Where in the list this row stands; opaque to callers. */
export function cursorOf(row: { readonly createdAt: Date; readonly id: string }): string {
  return Buffer.from(`${row.createdAt.getTime()}.${row.id}`).toString('base64url')
}

function parseCursor(cursor: string): { createdAt: Date; id: string } {
  const [, at, id] =
    /^(\d{1,15})\.([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (at === undefined || id === undefined) {
    throw new GraphQLError('Not a cursor of this list.', { extensions: { code: 'BAD_USER_INPUT' } })
  }
  return { createdAt: new Date(Number(at)), id }
}

function hasStatus(status: NonNullable<SessionFilter['status']>, at: Date) {
  if (status === 'ACTIVE') return { endedAt: null, expiresAt: { gt: at } }
  if (status === 'ENDED') return { endedAt: { not: null } }
  return status === 'EXPIRED' ? { endedAt: null, expiresAt: { lte: at } } : {}
}
