import { mostAsked } from '../../session/streams/many-calls.ts'
import type { SessionId } from '../../session/key.ts'

const all = Array.from({ length: mostAsked }, (_, at) => at)

/** The parameters of a statement about `mostAsked` sessions, for `IN (…)`. One text, so that it is prepared once. */
export const askedPlaces = all.map((at) => `$${at + 1}`).join(', ')

/** Their values: these ids, `mostAsked` at most, and nothing in the places that are left. */
export function askedValues(ids: readonly SessionId[]): (SessionId | null)[] {
  return all.map((at) => ids[at] ?? null)
}
