import type { Database } from '../../database/database.ts'
import type { SessionCondition } from './end-rows.ts'
import { among, fewSessions } from './few-sessions.ts'
import { countSessions } from './session-count.ts'
import type { CountedSessions, CountOptions } from './session-count.ts'
import { begunAnyTime, matching } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'
import { sessionPlaces } from './session-places.ts'
import { within } from './patience.ts'

/** The sessions that a filter means, and the way to them: few by an index, many along the list. */
export type Selection = Pick<CountOptions, 'where' | 'begun' | 'places'>

/** More sessions that match than so many are counted as that many. */
export const mostCounted = 10_000

/** For so long sessions are counted, in milliseconds: where few match, each of the others is looked at. */
const countingTime = 500

/** What a selection is beside its filter: of the sessions that are `others` too, at the instant `now`. */
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

/** How many they are: counted to `most`, or for half a second. */
export function countSelected(
  db: Pick<Database, 'session'>,
  selection: Selection,
  most = mostCounted,
): Promise<CountedSessions> {
  return countSessions(db, { ...selection, most, mayGoOn: within(countingTime) })
}

/** Every session but that of the caller, whose id is `own`. */
export function otherThan(own: string | null): SessionCondition[] {
  return own === null ? [] : [{ id: { not: own } }]
}
