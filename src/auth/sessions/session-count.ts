import type { Database } from '../../database/database.ts'
import { newest } from '../lists/keyset.ts'
import type { Position } from '../lists/keyset.ts'
import type { SessionCondition } from './end-rows.ts'
import { begunWithin, earliest } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'
import type { SessionPlaces } from './session-places.ts'

/** How many sessions match, as far as they were counted. */
export interface CountedSessions {
  readonly count: number
  /** The count went back to the sessions that began then, and stopped; null where it has counted all. */
  readonly since: Date | null
}

/** Which sessions to count, and when to stop. */
export interface CountOptions {
  readonly where: SessionCondition
  /** When they began, which `where` need not say; where there are no `places`, it must. */
  readonly begun?: Pick<SessionFilter, 'createdBefore' | 'createdAfter'>
  /** The places of those that may match; null where these are few, and counted at once. */
  readonly places: SessionPlaces | null
  /** The count stops once it has so many. */
  readonly most: number
  /** Asked after each step: false stops it. */
  readonly mayGoOn: () => boolean
}

/** How many rows one statement looks at. SQLite stops the server for as long as a statement takes. */
const rowsAtOnce = 5_000

/** Counts the newest first, in steps between which other requests have their turn. */
export async function countSessions(
  db: Pick<Database, 'session'>,
  { where, begun = {}, places, most, mayGoOn }: CountOptions,
): Promise<CountedSessions> {
  if (places === null) return { count: await db.session.count({ where }), since: null }
  let count = 0
  for (let after: Position | null = null; ;) {
    const [last, beyond]: readonly Position[] = await places(
      { ...newest(2), after },
      rowsAtOnce - 1,
    )
    const step = begunWithin(
      { ...begun, createdAfter: begun.createdAfter ?? earliest },
      { after, before: beyond ?? null },
    )
    count += await db.session.count({ where: { AND: [where, ...step] } })
    if (last === undefined || beyond === undefined) return { count, since: null }
    if (count >= most || !mayGoOn()) return { count: Math.min(count, most), since: last.at }
    after = last
    await new Promise(setImmediate)
  }
}
