import type { SessionId } from './key.ts'
import type { SessionRecord } from './record/record.ts'
import type { Soon } from '../waiting/soon.ts'

/** The store's own mark of one state of a record. It means nothing to its callers. */
export type Version = number | string

/** A record as a store holds it. */
export interface StoredRecord extends SessionRecord {
  readonly version: Version
}

/** Called with the id of a session whose record is there and cannot be read, because it was damaged. */
export type OnDamage = (id: SessionId) => void

/** The version of a new record in a row of the roster. */
export const firstVersion = 1

/** Reads the record of `id` from its row in the roster; null where there is none, or where what is there is no record. */
export type RecordInRow = (
  id: SessionId,
  row: { readonly data: string | null; readonly version: number },
) => StoredRecord | null

/** Copies of records, each of which may be older than the record. They fail by finding nothing. */
export interface RecordCopies {
  find(id: SessionId): Promise<StoredRecord | null>
  /** Keeps a copy of what was read from the store, unless there is a newer one. */
  keep(id: SessionId, record: StoredRecord): Promise<void>
}

/** How a process takes turns with others that clear the same medium. */
export interface ClearingTurn {
  /** Leaves it to another process that has begun it a short while ago. */
  readonly unlessAnother?: boolean
}

/** Where records are kept. Rejects only when the store itself fails: a miss is null, and so is a lost race. */
export interface SessionStore {
  /** The record of `id`; null where there is none, or where what is there is no record. */
  load(id: SessionId): Soon<StoredRecord | null>
  /** Keeps a new record and says its version. Never replaces: null if the id is taken. */
  create(id: SessionId, record: SessionRecord): Promise<Version | null>
  /** Replaces version `version`, and nothing else: 'gone' if it was deleted meanwhile, 'conflict' if saved meanwhile. */
  save(
    id: SessionId,
    record: SessionRecord,
    version: Version,
  ): Promise<Version | 'conflict' | 'gone'>
  /** Deletes, or with `version` only that version: 'conflict' if it was saved meanwhile. Deleting nothing is fine. */
  delete(id: SessionId, version?: Version): Promise<'conflict' | void>
  /** Deletes them, whatever their versions. Absent where that costs as much as a `delete` of each. */
  deleteMany?(ids: readonly SessionId[]): Promise<void>
  /** Removes at most `limit` records that expired at or before `now`, and says how many; 0 where the medium forgets by itself. */
  clearExpired(now: number, limit: number): Promise<number>
  /**
   * Removes all that expired at or before `now`, in steps of about `size()` records looked at, for a caller who pauses between
   * them. Yields how many each step has removed. Absent where a call of `clearExpired` takes no longer than its `limit`
   * lets it.
   */
  clearing?(now: number, size: () => number, options?: ClearingTurn): AsyncIterable<number>
  /** Copies, for a caller who knows which version is stored. Absent where a store keeps none. */
  readonly copies?: RecordCopies
  /**
   * Every record, for a move to another engine, in memory that does not grow with their number. A record may come twice, where
   * the medium may name it twice. Absent where the medium cannot list what it holds.
   */
  list?(): AsyncIterable<{ id: SessionId; record: StoredRecord }>
  /**
   * About how many records `list` gives, live ones at `now`, in milliseconds since 1970, without a look at each. For a person
   * who waits. Absent where the medium cannot say.
   */
  size?(now: number): Promise<number>
  /** Takes in a record that comes from another engine. Absent where `create` does that. */
  adopt?(id: SessionId, record: SessionRecord): Promise<Version | null>
  /**
   * Lets go of version `version` of a record that another engine keeps from now on, and of no other. Absent where `delete` does
   * that.
   */
  release?(id: SessionId, version: Version): Promise<void>
  /** Lets go of connections and files. */
  close?(): Promise<void>
}
