import type { Database } from '../../database/database.ts'
import { newest } from '../lists/keyset.ts'
import type { Position } from '../lists/keyset.ts'
import { fitsColumn } from '../lists/column-text.ts'
import type { Searched } from '../lists/search.ts'
import { onItsWay } from '../roster/admission.ts'
import { among, fewSessions } from './few-sessions.ts'
import { timeFor } from './patience.ts'
import { begunAnyTime, begunWithin, earliest, longestText, matching } from './session-filter.ts'
import type { SessionCondition, SessionFilter } from './session-filter.ts'

/** The sessions that a filter means, and the way to them: few by an index, many along the list. */
export interface Selection {
  readonly where: SessionCondition
  /** When they began. `where` need say it only where there are no `places`. */
  readonly begun?: Pick<SessionFilter, 'createdBefore' | 'createdAfter'>
  /** The places of those that may match; null where these are few, and counted at once. */
  readonly places: SessionPlaces | null
}

/** No session: for a filter whose user does not exist. */
export const nothingSelected: Selection = { where: { id: { in: [] } }, places: null }

/** The count of matching sessions stops here. */
export const mostCounted = 10_000

/** The count also stops after so many milliseconds: where few sessions match, it looks at all others. */
const countingTime = 500

/** Beside its filter, a selection takes only sessions that match `others` too, at the instant `now`. */
interface SelectionOptions {
  readonly others: readonly SessionCondition[]
  readonly now: number
}

/** The sessions that `filter` means, which names its user by the id. */
export async function selectionOf(
  db: Pick<Database, 'session' | 'statements'>,
  filter: SessionFilter,
  options: SelectionOptions,
): Promise<Selection> {
  const few = await fewSessions(db, filter)
  if (few === null) return walkOf(db, filter, options)
  const { others, now } = options
  return { where: { AND: [...others, among(few, matching(filter, now))] }, places: null }
}

/** The sessions that `filter` means, found by a walk along the list, however few they are. */
export function walkOf(
  db: Pick<Database, 'session'>,
  filter: SessionFilter,
  { others, now }: SelectionOptions,
): Selection {
  const where = { AND: [...others, matching(begunAnyTime(filter), now)] }
  return { where, begun: filter, places: sessionPlaces(db, filter) }
}

/**
 * Every session but that of the caller, whose id is `own`, and which another request of theirs may just have moved to a new key.
 * `now` is in milliseconds since 1970.
 */
export function otherThan(own: string | null, now: number): SessionCondition[] {
  if (own === null) return []
  const movedBefore = { previousAt: { lte: new Date(now - onItsWay) } }
  // Not the negation of `sameSession`: of a row without a previous session, SQL knows neither that nor its opposite.
  return [
    { id: { not: own } },
    { OR: [{ previousId: null }, { previousId: { not: own } }, movedBefore] },
  ]
}

/** How many sessions match, as far as the count went. */
export interface CountedSessions {
  readonly count: number
  /** The count stopped at sessions that began then; null where it has counted all. */
  readonly since: Date | null
}

/** How many rows one statement looks at. SQLite stops the server for as long as a statement takes. */
const rowsAtOnce = 5_000

/** Counts them, to `most`, or for half a second: the newest first, in steps between which other requests have a turn. */
export async function countSelected(
  db: Pick<Database, 'session'>,
  { where, begun = {}, places }: Selection,
  most = mostCounted,
  mayGoOn = timeFor(countingTime),
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

/** The places that a search looks at: see `Searched`. */
export type SessionPlaces = Searched<{ readonly id: string }>['places']

/**
 * The places of the sessions that may match `filter`, in the order of a list, by one index alone: those that match the part
 * of the filter which that index answers.
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

/** One of the two: no index shows that a user and an address with many sessions each have none together. */
function indexed({ userId, ipAddress }: SessionFilter) {
  if (userId != null) return fitsColumn(userId, longestText) ? [{ userId }] : []
  return ipAddress == null || !fitsColumn(ipAddress, longestText) ? [] : [{ ipAddress }]
}
