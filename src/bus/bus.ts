import type { SessionId } from '../session/key.ts'

/**
 * How messages travel: `process` where there is no way to other processes, `sqlite` where each of them watches the file
 * (see file-watch.ts) and there are no messages, `processes` between those of one parent, `postgresql` by LISTEN and NOTIFY,
 * `redis` by its channels.
 */
export type BusKind = 'process' | 'sqlite' | 'processes' | 'postgresql' | 'redis'

/** How the bus is. */
export interface BusState {
  /** Does it carry? While it does not, ends on other processes are seen within SESSION_RECHECK_INTERVAL; on SQLite, by its file. */
  readonly isUp: boolean
  /** When `isUp` last changed: milliseconds since 1970. */
  readonly since: number
  /**
   * How long this process's newest heartbeat was on its way back to it, or from all its siblings, in milliseconds; null
   * before one came.
   */
  readonly lag: number | null
  /**
   * Messages that came and were no message of ours. Of a process that only sends: those that no way took. What could not be
   * sent and waits for the next line is not among them.
   */
  readonly dropped: number
}

/** How long a bus may be without a connection before that is worth a word, in milliseconds: it opens a new one by itself. */
const patience = 2_000

/** Has the bus not carried for two seconds, at the instant `now`? */
export function isBusDown({ isUp, since }: BusState, now: number): boolean {
  return !isUp && now - since > patience
}

/** Tells every process which sessions may have changed or ended. A message carries ids, and no news. */
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
  /** Hands `message` to the parent, and so to all the others. Returns at once, and never throws. It may get lost. */
  tell(subject: string, message: unknown): void
  /** Calls `listener` with what the others tell about `subject`, and `whenLost` where the parent had to drop some of it. */
  hear(subject: string, listener: (message: unknown) => void, whenLost?: () => void): void
  /** Asks the others, and resolves once they have answered, or some have not for a second. Never rejects. */
  ask?(subject: string): Promise<readonly unknown[]>
  /** Says how this process answers. */
  answer?(subject: string, answerer: () => unknown): void
}
