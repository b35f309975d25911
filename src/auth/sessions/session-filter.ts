import type { Database } from '../../database/database.ts'
import { literal, spellings } from '../../database/literal.ts'
import { invalid } from '../../refusals.ts'
import { wholeList, within } from '../lists/keyset.ts'
import type { KeysetRange } from '../lists/keyset.ts'
import { fitsColumn } from '../lists/column-text.ts'
import { onItsWay } from '../roster/admission.ts'
import { usernameKey } from '../users/username.ts'
import type { Users } from '../users/users.ts'

/** Which sessions to list. A field that is left out, or null, matches all; `status` is ACTIVE by default. */
export interface SessionFilter {
  readonly status?: SessionStatus | null | undefined
  readonly userId?: string | null | undefined
  readonly username?: string | null | undefined
  readonly authenticated?: boolean | null | undefined
  readonly ipAddress?: string | null | undefined
  readonly userAgentContains?: string | null | undefined
  readonly createdBefore?: Date | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly lastSeenBefore?: Date | null | undefined
}

/** The states of sessions by which lists filter. */
export const sessionStatuses = ['ACTIVE', 'ENDED', 'EXPIRED', 'ANY'] as const

/** One of them. */
export type SessionStatus = (typeof sessionStatuses)[number]

/** Which sessions, as a condition on the roster's rows. */
export type SessionCondition = NonNullable<
  NonNullable<Parameters<Database['session']['findMany']>[0]>['where']
>

/** The sessions that are alive at an instant. */
export function alive(at: Date) {
  return { endedAt: null, expiresAt: { gt: at } }
}

/** The sessions whose clocks ran out so recently that a write under way may still carry them on. */
export function justExpired(at: Date) {
  return { endedAt: null, expiresAt: { gt: new Date(at.getTime() - onItsWay), lte: at } }
}

/** The sessions that are alive at an instant, and those whose clocks have just run out. */
export function aliveOrJustExpired(at: Date) {
  return alive(new Date(at.getTime() - onItsWay))
}

/** The longest text in any searched column. */
export const longestText = 512

/** The filter as a condition on the roster's rows. `now` is in milliseconds since 1970. */
export function matching(filter: SessionFilter, now: number) {
  const { userId, username, authenticated, ipAddress, userAgentContains } = filter
  const texts = [userId, username, ipAddress, userAgentContains]
  if (!texts.every((text) => text == null || fitsColumn(text, longestText)))
    return { id: { in: [] } }
  return {
    AND: [
      hasStatus(filter.status ?? 'ACTIVE', new Date(now)),
      userId != null ? { userId } : {},
      username != null ? { user: { usernameKey: usernameKey(username) } } : {},
      authenticated != null ? { userId: authenticated ? { not: null } : null } : {},
      ipAddress != null ? isFrom(ipAddress, { isOfOne: userId != null }) : {},
      userAgentContains != null
        ? {
            OR: spellings(userAgentContains).map((text) => ({
              userAgent: { contains: literal(text) },
            })),
          }
        : {},
      // Only few-sessions.ts uses its index.
      filter.lastSeenBefore ? unindexed({ lastSeenAt: { lt: filter.lastSeenBefore } }) : {},
      ...begunWithin(filter, wholeList),
    ],
  }
}

/**
 * Beside a user it is written so that no index serves it: a walk goes along the user's sessions, because many visitors may
 * share an address.
 */
function isFrom(ipAddress: string, { isOfOne }: { readonly isOfOne: boolean }) {
  return isOfOne ? unindexed({ ipAddress }) : { ipAddress }
}

/** The same condition, negated twice: SQLite uses no index for it, while PostgreSQL still estimates how many match. */
export function unindexed<Condition>(condition: Condition) {
  return { NOT: { NOT: condition } }
}

/**
 * No session began or was last seen before this. With a bound on either side SQLite takes the index of that column; with one
 * bound it takes another index, and reads all of it.
 */
export const earliest = new Date(0)

/** The filter without the instants of the begin. A walk along the list gets these from `begunWithin`. */
export function begunAnyTime(filter: SessionFilter): SessionFilter {
  return { ...filter, createdBefore: null, createdAfter: null }
}

/** The part of the list between the filter's instants and `ends`, as conditions that must all hold. */
export function begunWithin(
  { createdAfter, createdBefore }: SessionFilter,
  ends: Pick<KeysetRange, 'after' | 'before'>,
) {
  return within(ends, (createdAt) => ({ createdAt }), {
    from: createdAfter ? createdAfter.getTime() + 1 : null,
    to: createdBefore ? createdBefore.getTime() - 1 : null,
  })
}

/** The filter by the id of its user, for which there is an index; null where there is no such user. */
export async function byUserId(
  users: Pick<Users, 'find'>,
  { username, ...filter }: SessionFilter,
): Promise<SessionFilter | null> {
  if (username == null) return filter
  const user = await users.find({ username })
  if (user === null || (filter.userId != null && filter.userId !== user.id)) return null
  return { ...filter, userId: user.id }
}

/**
 * Throws `InvalidInput` for a filter that may match more than its writer meant: one that is empty, or has a null or an empty
 * text, as scripts without a value write it.
 */
export function assertMeant(filter: SessionFilter): void {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (given.length === 0)
    throw invalid('filter', { message: 'Must name something.', code: 'REQUIRED' })
  for (const [name, value] of given) {
    const path = ['filter', name]
    if (value === null)
      throw invalid(path, { message: 'Must not be null: leave it out.', code: 'NOT_ALLOWED' })
    if (value === '') throw invalid(path, { message: 'Must not be empty.', code: 'TOO_SHORT' })
  }
}

function hasStatus(status: SessionStatus, at: Date) {
  if (status === 'ACTIVE') return alive(at)
  // An end of many marks a row whose clock ran out a moment ago. It stays expired.
  const isMarked = { endReason: 'EXPIRED' }
  const isUnmarked = { OR: [{ endReason: null }, { endReason: { not: 'EXPIRED' } }] }
  if (status === 'ENDED') return { endedAt: { not: null }, ...isUnmarked }
  return status === 'EXPIRED' ? { OR: [isMarked, { endedAt: null, expiresAt: { lte: at } }] } : {}
}
