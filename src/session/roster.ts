import type { Soon } from '../waiting/soon.ts'
import type { Clocks } from './record/expiry.ts'
import type { SessionId } from './key.ts'
import type { SessionAuth, SessionRecord } from './record/record.ts'
import type { SessionStore, StoredRecord, Version } from './store.ts'

/**
 * The calls of a session to the list of who is signed in where. The room that knows users makes one per
 * request.
 */
export interface SessionRoster {
  /**
   * The record of `id` in `store`; null where there is none, where it has expired or was ended, or where its user may no
   * longer enter.
   */
  open(id: SessionId, store: SessionStore): Soon<StoredRecord | null>
  /** Did the last `open` find a session whose key another request is changing, and has that not ended its record yet? */
  isBeingReplaced(): boolean
  /**
   * Keeps a record under a new key in `store`, writes down whose it is, and returns its version. Keeps nothing, and returns
   * 'taken', where a session has that id already; 'over', where `previous` was signed in as the same user and has ended
   * meanwhile. Rejects, with nothing kept, where a user who logs in may no longer enter.
   */
  enroll(store: SessionStore, enrolment: Enrolment): Promise<Version | 'taken' | 'over'>
  /** Takes back what `enroll` has written down, where the key reached no visitor. `previous` goes on. */
  withdraw(id: SessionId, previous: PreviousSession | null): Promise<void>
  /**
   * Ends the session that its holder gives up: by a logout, or, where `isReplaced`, because another user signs in with the
   * same browser. Where it has just moved to another key, it ends there too. Returns false where it was over already, and
   * where no user is signed in.
   */
  leave(id: SessionId, isReplaced?: boolean): Promise<boolean>
  /**
   * Ends the session of a guest who gives it up: `remove` removes its `record`. Writes down why, so that a stream can say it.
   */
  leaveAsGuest(id: SessionId, record: SessionRecord, remove: () => Promise<unknown>): Promise<void>
  /** The longest idle time of this user's sessions, in seconds; null: no limit, or none below `asked`. */
  longestIdle(userId: string, asked: number): Soon<number | null>
  /**
   * Do rows have clocks of their own, which follow those of the records? Not where they hold the records, nor where cookies carry
   * them: there a row lives as long as the longest cookie.
   */
  readonly copiesClocks: boolean
  /**
   * Copies the clocks of a signed-in session into its row, for lists, and for streams that ask why it is over. Copies nothing
   * where the row no longer has the ends of `before`: then another writer came first.
   */
  seen(id: SessionId, clocks: RowClocks, before: RowClocks): Soon<OtherClocks>
  /** Was this key replaced or given up so recently that a request under it may have been on its way at that moment? */
  isSuperseded(id: SessionId): Promise<boolean>
}

/** The clocks of a session that change, as its row in the roster has them. */
export type RowClocks = Pick<Clocks, 'lastSeenAt' | 'expiresAt' | 'absoluteExpiresAt'>

/**
 * Why clocks were not copied: the row has these others, or the session is 'over', ended or gone. Null where they were copied,
 * and where the roster keeps none.
 */
export type OtherClocks = RowClocks | 'over' | null

/** A session that begins under a new key. */
export interface Enrolment {
  readonly id: SessionId
  readonly record: SessionRecord
  /** The session whose place it takes; null where it takes none. */
  readonly previous: PreviousSession | null
  /** Has its user just proven who they are? */
  readonly isLogin: boolean
  /**
   * The session that the browser of a login had, while another request's change of its key stands still: should that be taken back
   * later, the session does not come back. Left out: none.
   */
  readonly instead?: SessionId | null
}

/** The session whose place a new key takes. */
export interface PreviousSession {
  readonly id: SessionId
  readonly auth: SessionAuth | null
  /** Its record. Where the change of key is taken back, the row gets the clocks of this record again. */
  readonly record: SessionRecord
}
