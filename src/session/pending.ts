import type { Soon } from '../waiting/soon.ts'

/** Told of failures that no code waits for. */
export interface Unhandled {
  /** While the session is open. Left out: the failure is that of `close`. */
  readonly interrupt?: (error: unknown) => void
  /** Once it is closed. */
  readonly late: (error: unknown) => void
}

/** The logins, logouts, transactions and commits of one session that its request has begun. */
export interface Pending {
  /**
   * Returns a promise like `work`, for the code that began it to await or to leave. A failure that this code does not handle
   * never ends the process as an unhandled rejection: the request fails with it, or, where the request is over, `Unhandled`
   * is told.
   */
  follow<Result>(work: Promise<Result>, isWaitedFor: boolean): Promise<Result>
  /**
   * Waits for what is under way. Rejects with the first failure that no code has handled. It does not wait for work that
   * other code waits for: that code may be writing the answer, which waits for this.
   */
  settled(): Soon<void>
  /** Waits for nothing any more, and ignores failures: they only say that the request was given up. */
  giveUp(): void
}

interface Waiting {
  readonly isWaitedFor: boolean
  readonly over: Promise<void>
  readonly leave: () => void
}

/** Nothing begun yet. `isClosed` says whether the session is. */
export function createPending(unhandled: () => Unhandled, isClosed: () => boolean): Pending {
  const underWay = new Map<Followed<unknown>, Waiting>()
  let isSettling = false
  let isGivenUp = false
  let failure: { readonly error: unknown } | null = null

  return {
    follow(work, isWaitedFor) {
      const followed = followedOf(work)
      let resolve = () => {}
      const over = new Promise<void>((done) => (resolve = done))
      const leave = () => {
        underWay.delete(followed)
        resolve()
      }
      underWay.set(followed, { isWaitedFor, over, leave })
      watch(followed, tell, leave)
      return followed
    },
    settled: () => (failure === null && waiting().length === 0 ? undefined : settle()),
    giveUp() {
      isGivenUp = true
      for (const { leave } of underWay.values()) leave()
    },
  }

  function waiting(): Promise<void>[] {
    const all = [...underWay]
    return all.flatMap(([{ isTaken }, { isWaitedFor, over }]) =>
      isWaitedFor || !isTaken ? [over] : [],
    )
  }

  async function settle(): Promise<void> {
    isSettling = true
    for (let all = waiting(); all.length > 0; all = waiting()) await Promise.all(all)
    isSettling = false
    if (failure !== null) throw failure.error
  }

  function tell(error: unknown): void {
    if (isGivenUp) return
    const { interrupt, late } = unhandled()
    if (isSettling) failure ??= { error }
    else if (isClosed()) late(error)
    else if (interrupt) interrupt(error)
    else failure ??= { error }
  }
}

/**
 * A promise that knows whether any code has asked for its outcome, and so do the promises that `then` makes of it. It is a
 * class, because `await` calls `then` only of a subclass, and because callers may ask for `instanceof Promise`.
 */
class Followed<Result> extends Promise<Result> {
  isTaken = false
  tell: ((error: unknown) => void) | null = null

  // oxlint-disable-next-line no-thenable -- it is a promise already
  override then<Kept = Result, Other = never>(
    onKept?: ((value: Result) => Kept | PromiseLike<Kept>) | null,
    onFailed?: ((error: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<Kept | Other> {
    this.isTaken = true
    const next = super.then(onKept, onFailed) as Followed<Kept | Other>
    if (this.tell !== null) watch(next, this.tell)
    return next
  }
}

function followedOf<Result>(work: Promise<Result>): Followed<Result> {
  return new Followed((resolve) => resolve(work))
}

/** Calls `tell` with a failure that no code has asked for by the end of its turn, and then `leave`. */
function watch(
  promise: Followed<unknown>,
  tell: (error: unknown) => void,
  leave: () => void = () => {},
): void {
  promise.tell = tell
  const judge = (error: unknown) => {
    if (!promise.isTaken) tell(error)
    leave()
  }
  const fail = (error: unknown) => (promise.isTaken ? leave() : void setImmediate(judge, error))
  Promise.prototype.then.call(promise, leave, fail)
}
