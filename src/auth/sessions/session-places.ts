import type { Database } from '../../database/database.ts'
import type { Searched } from '../lists/search.ts'
import { isPossible } from '../lists/possible.ts'
import type { SessionCondition } from './end-rows.ts'
import { begunWithin, longestText } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'

/** The places that a search looks at: see `Searched`. */
export type SessionPlaces = Searched<{ readonly id: string }>['places']

/**
 * The places of the sessions that may match `filter`, in the order of a list: those that match the part of it which an index
 * answers, by that index alone.
 */
export function sessionPlaces(db: Pick<Database, 'session'>, filter: SessionFilter): SessionPlaces {
  return placesOf(db, indexed(filter), filter)
}

/** The places of the sessions that match all of `conditions`, and began when `begun` says. */
export function placesOf(
  db: Pick<Database, 'session'>,
  conditions: readonly SessionCondition[],
  begun: Pick<SessionFilter, 'createdBefore' | 'createdAfter'> = {},
): SessionPlaces {
  return async ({ take, direction, ...ends }, skip) => {
    const rows = await db.session.findMany({
      where: { AND: [...conditions, ...begunWithin(begun, ends)] },
      orderBy: [{ createdAt: direction }, { id: direction }],
      select: { createdAt: true, id: true },
      skip,
      take,
    })
    return rows.map(({ createdAt, id }) => ({ at: createdAt, id }))
  }
}

/** One of the two: a user and an address who have many sessions each may have none together, which no index shows. */
function indexed({ userId, ipAddress }: SessionFilter) {
  if (userId != null) return isPossible(userId, longestText) ? [{ userId }] : []
  return ipAddress == null || !isPossible(ipAddress, longestText) ? [] : [{ ipAddress }]
}
