import type { SessionId } from './key.ts'
import type { SessionRecord } from './record.ts'

/** The store's own mark of one state of a record. It means nothing to anyone else. */
export type Version = number | string

/** A record as a store holds it. */
export interface StoredRecord extends SessionRecord {
  readonly version: Version
}

/** Told of sessions whose records are there and cannot be read: somebody or something has damaged them. */
export type OnDamage = (id: SessionId) => void

/** Where records are kept. Rejects only when the store itself fails: a miss is null, and so is a lost race. */
export interface SessionStore {
  /** The record of `id`; null where there is none, or where what is there is no record. */
  load(id: SessionId): Promise<StoredRecord | null>
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
  /** Removes at most `limit` records that expired at or before `now`, and says how many; 0 where the medium forgets by itself. */
  clearExpired(now: number, limit: number): Promise<number>
  /** Loads past a copy that is known to be old, and replaces it. Absent where a store keeps no copies. */
  refresh?(id: SessionId): Promise<StoredRecord | null>
  /** Every record, for moving house. Absent where the medium cannot tell what it holds. */
  list?(): AsyncIterable<{ id: SessionId; record: StoredRecord }>
  /** Lets go of connections and files. */
  close?(): Promise<void>
}
