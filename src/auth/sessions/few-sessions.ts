import type { Database } from '../../database/database.ts'
import type { SessionCondition } from './end-rows.ts'
import { idleSince } from './few-idle.ts'
import { rareBrowsers } from './rare-browsers.ts'
import { earliest, unindexed } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'

/** So many sessions are few enough for a count, and for an end, to look at all of them. */
const mostSessions = 10_000

/** Sessions that may match a filter. */
export interface SomeSessions {
  readonly which: SessionCondition
  /** Are all that match among them? */
  readonly areAll: boolean
}

/**
 * No more than `most` of those that have the browser which `filter` means, or the last activity: by an index, and all of them
 * where they are no more. Null where there is none, and where an index serves the filter's user or address.
 */
export async function someSessions(
  db: Pick<Database, 'statements'>,
  filter: SessionFilter,
  most: number,
): Promise<SomeSessions | null> {
  const { userId, username, ipAddress, lastSeenBefore } = filter
  if ((userId ?? username ?? ipAddress) != null) return null
  const since = lastSeenBefore ? await idleSince(db, lastSeenBefore, most) : null
  const idle = lastSeenBefore && {
    which: { lastSeenAt: { gt: since ?? earliest, lt: lastSeenBefore } },
    areAll: since === null,
  }
  if (idle?.areAll) return idle
  const browsers = await rareBrowsers(db, filter, most)
  const having = browsers && {
    which: { userAgent: { in: [...browsers.texts] } },
    areAll: browsers.areAll,
  }
  return having?.areAll ? having : (idle ?? having)
}

/** A condition that no more than `most` sessions match, and all that `filter` means: see `someSessions`. Null where more may. */
export async function fewSessions(
  db: Pick<Database, 'statements'>,
  filter: SessionFilter,
  most = mostSessions,
): Promise<SessionCondition | null> {
  const some = await someSessions(db, filter, most)
  return some?.areAll ? some.which : null
}

/** Which of the few match `condition` too. Without few, all that do. */
export function among(few: SessionCondition | null, condition: SessionCondition): SessionCondition {
  return few === null ? condition : { AND: [few, unindexed(condition)] }
}
