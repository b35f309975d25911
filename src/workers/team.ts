import type { Gate } from '../waiting/gate.ts'

/** The workers of one command, as one of them sees the others. A process that serves alone has no team. */
export interface Team {
  /** How many workers there are. */
  readonly size: number
  /** Which one this is, from 1. A worker that takes the place of another has its number. */
  readonly number: number
  /** Is it the first of its command? It prepares the database and makes the first staff user, before the others start. */
  readonly isFirst: boolean
  /** Does this worker alone stop, and the others go on? */
  readonly leavesAlone: boolean
  /** False once the primary is gone: nothing reaches the other workers any more. */
  readonly isUp: boolean
  /** Tells every other worker `message`, which JSON must be able to say. Returns at once and never throws; a message may be lost. */
  tell(subject: string, message: unknown): void
  /**
   * Calls `listener` with what other workers tell about `subject`. Calls `whenMissed` where this worker took nothing for a
   * while, so that the primary dropped some of it.
   */
  hear(subject: string, listener: (message: unknown) => void, whenMissed?: () => void): void
  /**
   * Asks every other worker. Resolves when all of them have answered, or with the answers that came within `patience`
   * milliseconds. Never rejects.
   */
  ask(subject: string, patience: number): Promise<readonly unknown[]>
  /** Says how this worker answers what others ask about `subject`. */
  answer(subject: string, answerer: () => unknown): void
  /**
   * Does `work` when it has one of the turns that all workers share. They are there for speed: where the primary gives none
   * within three seconds, the work is done without.
   */
  readonly inTurn: Gate
  /**
   * Does `work`, which may keep the event loop busy for minutes. Until it is over, the primary does not take this worker for
   * one that hangs.
   */
  whileBusy<Result>(work: () => Promise<Result>): Promise<Result>
  /** How many turns there are: as many as the machine has processors, two at least. */
  readonly turns: number
  /** How many of `whole` are this worker's, where all workers get as many: of the passwords that may wait, for one. */
  share(whole: number): number
}
