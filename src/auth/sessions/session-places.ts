import type { Database } from '../../database/database.ts'
import { within } from '../keyset.ts'
import type { Searched } from '../search.ts'
import { isPossible } from '../possible.ts'
import type { SessionCondition } from './end-rows.ts'
import { longestText } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'

/** The places that a search looks at: see `Searched`. */
export type SessionPlaces = Searched<{ readonly id: string }>['places']

/**
 * The places of the sessions that may match `filter`, in the order of a list: those that match the part of it which an index
 * answers, by that index alone.
 */
export function sessionPlaces(db: Pick<Database, 'session'>, filter: SessionFilter): SessionPlaces {
  return placesOf(db, indexed(filter))
}

/** The places of the sessions that match all of `conditions`. */
export function placesOf(
  db: Pick<Database, 'session'>,
  conditions: readonly SessionCondition[],
): SessionPlaces {
  return async ({ take, direction, ...ends }, skip) => {
    const rows = await db.session.findMany({
      where: { AND: [...conditions, ...within(ends, (createdAt) => ({ createdAt }))] },
      orderBy: [{ createdAt: direction }, { id: direction }],
      select: { createdAt: true, id: true },
      skip,
      take,
    })
    return rows.map(({ createdAt, id }) => ({ at: createdAt, id }))
  }
}

function indexed({ userId, ipAddress, createdBefore, createdAfter }: SessionFilter) {
  return [
    ...(userId == null || !isPossible(userId, longestText) ? [] : [{ userId }]),
    ...(ipAddress == null || !isPossible(ipAddress, longestText) ? [] : [{ ipAddress }]),
    ...(createdBefore ? [{ createdAt: { lt: createdBefore } }] : []),
    ...(createdAfter ? [{ createdAt: { gt: createdAfter } }] : []),
  ]
}
