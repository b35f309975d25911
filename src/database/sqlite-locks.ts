import { pause } from '../waiting/pause.ts'
import { DatabaseUnavailable } from './errors.ts'

/** The longest pause between two tries, in milliseconds. */
const longestPause = 20

/** Does `work` once SQLite lets it in. Throws `DatabaseUnavailable` where another program keeps the lock for too long. */
export type Entrance = <Result>(work: () => Promise<Result> | Result) => Promise<Result>

/**
 * Waits for the locks of other programs without stopping the event loop: a try that finds the file locked fails at once,
 * and comes again after a pause. After `most` milliseconds of pauses a statement gives up, unbegun. Only pauses count, so that
 * neither a busy machine nor a long queue of this process makes it give up. Statements that wait behind each other wait for
 * one lock, so a pause counts for all of them.
 */
export function createEntrance(most: number): () => Entrance {
  let paused = 0
  let openedAt = 0

  return () => {
    const since = paused
    return async (work) => {
      for (let wait = 1; ; wait = Math.min(2 * wait, longestPause)) {
        try {
          const result = await work()
          openedAt = paused
          return result
        } catch (error) {
          if (!isLocked(error)) throw inOurWords(error)
          if (paused - Math.max(since, openedAt) >= most) throw lockedFor(most, error)
        }
        await pause(wait)
        paused += wait
      }
    }
  }
}

/** Lets one in at a time, in the order they came. */
export interface Turnstile {
  /** Would the next caller be let in at once? */
  readonly isFree: boolean
  /** Waits for a turn, however long. Resolves to the function that lets the next caller in. */
  take(): Promise<() => void>
}

/** A turnstile for work that may not run together. */
export function createTurnstile(): Turnstile {
  let last: Promise<void> = Promise.resolve()
  let taken = 0

  return {
    get isFree() {
      return taken === 0
    },
    async take() {
      const before = last
      let leave = () => {}
      last = new Promise((done) => (leave = done))
      taken++
      await before
      let isInside = true
      return () => {
        if (isInside) taken--
        isInside = false
        leave()
      }
    },
  }
}

/** What a caller gets for an error of the driver: a sentence for the operator where the file or the disk fails, else the error. */
export function inOurWords(error: unknown): unknown {
  if (isClosed(error)) return fileClosed(error)
  return isBroken(error) ? outOfOrder(error) : error
}

/** The error for a caller whose statement was not begun, because the file is closed. */
export function fileClosed(cause?: unknown): DatabaseUnavailable {
  const message = 'DATABASE_URL: The SQLite file is closed, because this process ends.'
  return new DatabaseUnavailable(message, { cause })
}

/** A statement that was still waiting for its turn when the process gave up on its requests. It was not begun. */
const isClosed = (error: unknown) =>
  error instanceof TypeError && error.message === 'The database connection is not open'

function lockedFor(milliseconds: number, cause: unknown): DatabaseUnavailable {
  const seconds = milliseconds / 1000
  return new DatabaseUnavailable(
    `DATABASE_URL: The SQLite file is locked by another program, for more than ${seconds} seconds.`,
    { cause },
  )
}

function outOfOrder(cause: unknown): DatabaseUnavailable {
  const { message, cause: wrapped } = cause as Coded & { cause?: Coded }
  const reason = wrapped?.originalMessage ?? message
  return new DatabaseUnavailable(`DATABASE_URL: The SQLite file fails: ${reason}`, { cause })
}

/** Does another program hold the lock? */
export const isLocked = (error: unknown) => hasCode(error, /^SQLITE_(BUSY|LOCKED)/)

/** Has the file or the disk failed, and not the statement? */
const isBroken = (error: unknown) =>
  hasCode(error, /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|PERM|PROTOCOL)/)

/** Reads the code of an error as the driver throws it, and as others wrap it. */
function hasCode(error: unknown, pattern: RegExp): boolean {
  const { code, cause } = error as Coded & { cause?: Coded }
  return [code, cause?.code, cause?.originalCode].some((each) => pattern.test(String(each)))
}

interface Coded {
  readonly code?: unknown
  readonly message?: string
  /** The names of Prisma's adapter for the code of the driver, and its message. */
  readonly originalCode?: unknown
  readonly originalMessage?: string
}
