import type { Lack } from './lacks.ts'

/**
 * How an operation went. `done`: it was answered with success. `refused`: it was answered as failed, and nothing of it may
 * be stored. `unknown`: the answer never came, or says that the change may have been stored.
 */
export type Outcome = 'done' | 'refused' | 'unknown'

/** What visitors and staff do to sessions. `write` puts one line into the cart, which is named after the operation. */
export type Kind =
  | 'write'
  | 'read'
  | 'expire'
  | 'login'
  | 'change password'
  | 'logout'
  | 'revoke'
  | 'revoke at the shell'
  | 'revoke in /admin'
  | 'revoke user'
  | 'revoke others'
  | 'deactivate'
  | 'activate'

/** What an answer shows of the session that the request came with. */
export interface Sight {
  /** The session's public id; null where there is none, or none any more. */
  readonly id: string | null
  /** Who is signed in; undefined where the answer does not say. */
  readonly user?: string | null
  /** The lines of the cart: which operation wrote it, and how often. */
  readonly lines: readonly (readonly [write: number, quantity: number])[]
  /** Why it is over; null where it is not, or the server does not say. */
  readonly reason?: string | null
}

/** One operation. Times are milliseconds of one clock. Two operations are in order only where one was answered before the other was sent. */
export interface Operation {
  readonly id: number
  readonly kind: Kind
  /** Which process was asked. */
  readonly process: number
  readonly sent: number
  /** Null where the answer never came, or leaves open what will be stored: it may be carried out at any later time. */
  readonly answered: number | null
  readonly outcome: Outcome
  /** The id of the session whose cookie was sent; null for none. */
  readonly session: string | null
  /** The id of the session whose cookie the visitor has afterwards, where an answer said it; null for none. */
  readonly landed: string | null
  /** Whom it is about: who signs in, or whose sessions end. */
  readonly user?: string
  /** Which session is revoked. */
  readonly target?: string
  /** Which cookie was sent, and which one the visitor has afterwards, where cookies carry their sessions. */
  readonly copy?: string
  readonly given?: string
  /** The password that a login tries, or that a change sets. */
  readonly password?: string
  /** The age that `expire` sets, in milliseconds. */
  readonly age?: number
  readonly sight?: Sight
  /** The code of a refusal or of an error, and its message. */
  readonly detail?: string
}

/** A stream of events of one session. */
export interface Stream {
  readonly session: string
  /** The cookie that it was opened with, where cookies carry their sessions. */
  readonly copy?: string
  readonly process: number
  readonly opened: number
  /** When it was over, or when the run was. */
  readonly closed: number
  /**
   * `ended`: with a reason. `repeated`: with more than one end. `completed`: without one. `refused`: its first look was answered with an error. `broken`: the
   * connection was cut. `left`: it was open when the run was over.
   */
  readonly how: 'ended' | 'repeated' | 'completed' | 'refused' | 'broken' | 'left'
  readonly reason?: string
}

/** What was done to the processes and to what they depend on. */
export interface Fault {
  readonly name: string
  readonly from: number
  readonly to: number
  /**
   * What the store admits to lose by it (docs/engines.md). `sessions`: it forgets every session that it has. `moments`: what
   * was answered while it lasted may be as if it had never been.
   */
  readonly loses?: 'sessions' | 'moments'
}

/** All that happened in one run. */
export interface History {
  /**
   * Are records kept at the servers? Otherwise each cookie carries one: tabs overwrite each other, and a guest can send an old
   * cookie after its end (docs/engines.md).
   */
  readonly keepsRecords: boolean
  /** Has each session a row in the database, a guest's too? Otherwise a guest's has one only after it has ended. */
  readonly hasRows: boolean
  readonly operations: readonly Operation[]
  readonly streams: readonly Stream[]
  readonly faults: readonly Fault[]
  /** SESSION_COOKIE_AGE of the processes, in milliseconds. */
  readonly age: number
  /** From when on nothing was disturbed any more, and every session was looked at once more; 0 where none was. */
  readonly healed: number
  /** How long a stream may take to see an end, once nothing is disturbed, in milliseconds. Longer than `age` where no stream looks by itself. */
  readonly recheck: number
  /** When the machine lacked a processor, one after another; noted where nothing is disturbed. */
  readonly lacks?: readonly Lack[]
}

/** A promise that was broken, and the operations that show it. */
export interface Violation {
  readonly rule: string
  readonly message: string
  readonly session: string
  readonly operations: readonly Operation[]
}

/** Was `first` over before `second` began? Operations of which neither is before the other ran at once. */
export function isBefore(first: Operation, second: Operation): boolean {
  return first.answered !== null && first.answered < second.sent
}
