import type { SessionRecord } from '../record/record.ts'
import type { StoredRecord } from '../store.ts'

/**
 * How a record stands while it moves from one store to another:
 * - kept: it is here, whatever the other store has.
 * - leaving: it was here, and is on its way to the other store. It holds what is moved.
 * - arriving: it keeps the record's place in the store that it comes to. It opens no session until the record has come.
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

/** The id of the move by which a record leaves or arrives. */
export function moveOf({ data }: SessionRecord): string {
  return String(data[arriving])
}

/** The record as it stands in the store that it leaves. From here on only the move changes it. */
export function asLeaving({ data, ...rest }: SessionRecord, move: string): SessionRecord {
  return { ...rest, data: { [leaving]: data, [arriving]: move } }
}

/** The record that keeps a place in the new store. It has the clocks of `record`, so that the store keeps it as long. */
export function asArriving(record: SessionRecord, move: string): SessionRecord {
  return { ...record, data: { [arriving]: move } }
}

/** The content of a record that is leaving, as it was before, for the new store to keep. */
export function contentOf({ version: _version, data, ...rest }: StoredRecord): SessionRecord {
  return { ...rest, data: data[leaving] as SessionRecord['data'] }
}
