import type { SessionId } from '../session/key.ts'

/**
 * How messages travel:
 * - `process`: no message leaves this process.
 * - `sqlite`: there are no messages. Each process watches the file (file-watch.ts).
 * - `processes`: between the processes of one parent.
 * - `postgresql`: by LISTEN and NOTIFY.
 * - `redis`: by a channel.
 */
export type BusKind = 'process' | 'sqlite' | 'processes' | 'postgresql' | 'redis'

/** How the bus is. */
export interface BusState {
  /** Does it carry? While it does not, streams see what other processes end within SESSION_RECHECK_INTERVAL, or in the SQLite file. */
  readonly isUp: boolean
  /** When `isUp` last changed: milliseconds since 1970. */
  readonly since: number
  /**
   * How long this process's newest heartbeat took to come back to it, in milliseconds. Between the processes of one parent: how
   * long a question to all of them took. It grows while the newest has no answer. Null before the first,
   * and while the bus is not up.
   */
  readonly lag: number | null
  /**
   * How many messages came that are none of ours. Of a process that only sends: how many messages no wire took. A message that
   * waits for the next line is not dropped.
   */
  readonly dropped: number
}

/** How long a bus may be without a connection before it counts as down, in milliseconds: by then it has usually opened a new one. */
const patience = 2_000

/** Has the bus not carried for two seconds, at the instant `now`? */
export function isBusDown({ isUp, since }: BusState, now: number): boolean {
  return !isUp && now - since > patience
}

/** Tells every process which sessions may have changed or ended. A message says which, and not what: a stream looks for itself. */
export interface Bus {
  readonly kind: BusKind
  readonly state: BusState
  /** Tells the other processes. Returns at once, and never throws: a message that is lost costs one re-check. */
  publish(ids: readonly SessionId[]): void
  /** Tells the other processes that any session may have changed: all their streams look. */
  publishAll(): void
  /** Sends what waits, for a second at most, and lets go of every connection. */
  close(): Promise<void>
}

/** The other processes of one parent, which hands messages on between them. */
export interface Siblings {
  /** Hands `message` to the parent, and so to all the others. Returns at once, and never throws. The message may get lost. */
  tell(subject: string, message: unknown): void
  /** Calls `listener` with what the others tell about `subject`, and `whenLost` where the parent had to drop some of it. */
  hear(subject: string, listener: (message: unknown) => void, whenLost: () => void): void
  /**
   * Asks the others. Resolves when all have answered, or with the answers that came within `patience` milliseconds. Never
   * rejects.
   */
  ask(subject: string, patience: number): Promise<readonly unknown[]>
  /** Says how this process answers what the others ask about `subject`. */
  answer(subject: string, answerer: () => unknown): void
}
