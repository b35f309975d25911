import type { SessionId } from './key.ts'
import type { SessionRecord } from './record/record.ts'
import type { Soon } from '../waiting/soon.ts'

/**
 * The store's own mark of one state of a record. Only the store can interpret it. No other state of that record ever has it,
 * not even after the medium has lost its newest writes.
 */
export type Version = number | string

/** A record as a store holds it. */
export interface StoredRecord extends SessionRecord {
  readonly version: Version
}

/** Called with the id of a session whose record is damaged. */
export type OnDamage = (id: SessionId) => void

/** The version of a new record in a row of the roster. */
export const firstVersion = 1

/** Reads the record of `id` from its row in the roster; null where there is none, or where what is there is no record. */
export type RecordInRow = (
  id: SessionId,
  row: { readonly data: string | null; readonly version: number },
) => StoredRecord | null

/** Copies of records, each of which may be older than the record. A copy that cannot be read counts as none. */
export interface RecordCopies {
  /** Null at once while copies cannot be had. */
  find(id: SessionId): Promise<StoredRecord | null> | null
  /** Keeps a copy of a record from the store, in place of a copy of any other version. */
  keep(id: SessionId, record: StoredRecord): Promise<void>
}

/** How processes that clear the same medium take turns. */
export interface ClearingTurn {
  /** Clears nothing where another process has begun a short while ago. */
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
  /**
   * Deletes the record, or with `version` only that version: 'conflict' if it was saved meanwhile. Succeeds where there is
   * none.
   */
  delete(id: SessionId, version?: Version): Promise<'conflict' | void>
  /** Deletes them, whatever their versions. Absent where that costs as much as one `delete` for each. */
  deleteMany?(ids: readonly SessionId[]): Promise<void>
  /** Removes at most `limit` records that expired at or before `now`, and says how many; 0 where the medium forgets by itself. */
  clearExpired(now: number, limit: number): Promise<number>
  /**
   * Removes every record that expired at or before `now`, in steps that look at about `size()` records, for a caller who
   * pauses between them. Yields how many each step has removed. Absent where the time of `clearExpired` depends on its
   * `limit` alone.
   */
  clearing?(now: number, size: () => number, options?: ClearingTurn): AsyncIterable<number>
  /** Copies, for a caller who knows which version is stored. Absent where a store keeps none. */
  readonly copies?: RecordCopies
  /**
   * Every record, for a move to another engine, in memory that does not grow with their number. A record may come twice.
   * Absent where the medium cannot list its records.
   */
  list?(): AsyncIterable<{ id: SessionId; record: StoredRecord }>
  /**
   * About how many live records `list` gives at `now` (milliseconds since 1970), without a look at each, for a progress bar.
   * Absent where the medium cannot say.
   */
  size?(now: number): Promise<number>
  /** Takes in a record from another engine. Null where it does not, or not yet. Absent where `create` can do that. */
  adopt?(id: SessionId, record: SessionRecord): Promise<Version | null>
  /**
   * Lets go of version `version` of a record, and of no other, because another engine has it now. Absent where `delete` can
   * do that.
   */
  release?(id: SessionId, version: Version): Promise<void>
  /** Closes connections and files. */
  close?(): Promise<void>
}
