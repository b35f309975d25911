import type { Database } from '../../database/database.ts'
import type { SessionCondition } from './end-rows.ts'
import { areFewIdle } from './few-idle.ts'
import { rareBrowsers } from './rare-browsers.ts'
import { unindexed } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'

/** So many sessions are few enough for a count, and for an end, to look at all of them. */
const mostSessions = 10_000

/** No session was seen before. With a bound on either side, SQLite takes this index and not the one of a single bound. */
const never = new Date(0)

/**
 * A condition that no more than `most` sessions match, all that `filter` means among them, and that an index serves. Null
 * where there is none: more may match, or an index serves the filter's user or address.
 */
export async function fewSessions(
  db: Pick<Database, 'statements'>,
  filter: SessionFilter,
  most = mostSessions,
): Promise<SessionCondition | null> {
  const { userId, username, ipAddress, lastSeenBefore } = filter
  if ((userId ?? username ?? ipAddress) != null) return null
  if (lastSeenBefore && (await areFewIdle(db, lastSeenBefore, most)))
    return { lastSeenAt: { gte: never, lt: lastSeenBefore } }
  const userAgents = await rareBrowsers(db, filter, most)
  return userAgents && { userAgent: { in: [...userAgents] } }
}

/** Which of the few match `condition` too. Without few, all that do. */
export function among(few: SessionCondition | null, condition: SessionCondition): SessionCondition {
  return few === null ? condition : { AND: [few, unindexed(condition)] }
}
