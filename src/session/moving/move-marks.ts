import type { SessionRecord } from '../record/record.ts'
import type { StoredRecord } from '../store.ts'

/**
 * How a record stands while it moves from one store to another:
 * - kept: it is here, whatever the other store has.
 * - leaving: it was here, and is on its way to the other store. It holds what is moved.
 * - arriving: its place in the store that it comes to. It opens no session until the record has been put there.
 */
export type Standing = 'kept' | 'leaving' | 'arriving'

/**
 * The names that mark a record on its way. They begin with a space, and no name in a session does. Under `arriving`, the
 * record that leaves and the place that it leaves for have the id of the same move.
 */
const [leaving, arriving] = [' leaving', ' arriving']

/** How `record` stands. */
export function standingOf({ data }: SessionRecord): Standing {
  if (Object.hasOwn(data, leaving)) return 'leaving'
  return Object.hasOwn(data, arriving) ? 'arriving' : 'kept'
}

/** Which move a record leaves or arrives by. */
export function moveOf({ data }: SessionRecord): string {
  return String(data[arriving])
}

/** The record as it stands in the store that it leaves. Nothing about it changes any more but by the move. */
export function asLeaving({ data, ...rest }: SessionRecord, move: string): SessionRecord {
  return { ...rest, data: { [leaving]: data, [arriving]: move } }
}

/** The record that keeps a place in the new store. It has the clocks of `record`, so that the store does not clear it sooner. */
export function asArriving(record: SessionRecord, move: string): SessionRecord {
  return { ...record, data: { [arriving]: move } }
}

/** The record that was moved, of what left. */
export function contentOf({ version: _version, data, ...rest }: StoredRecord): SessionRecord {
  return { ...rest, data: data[leaving] as SessionRecord['data'] }
}
