import { Refusal, SessionStoreUnavailable } from '../refusals.ts'
import { createBreaker, mostFailures } from './breaker.ts'
import type { DependencyLog } from './breaker.ts'
import { createDeadlines, silence } from './deadlines.ts'
import { loopTime, onTick } from './loop-clock.ts'
import { createPlaces } from './places.ts'
import { createProber } from './probe.ts'
import { isSettled } from './settled.ts'
import type { Soon } from './soon.ts'
import { createWaitingList } from './waiting-list.ts'

/** Something that this server cannot do without, and that may fail: the database, or the session store. */
export interface Dependency {
  readonly name: string
  /** Has it failed so often in a row that no caller waits for it any longer? */
  readonly isDown: boolean
  /** Why it is down; null while it is not. */
  readonly reason: Error | null
  /** How many calls wait for a place. */
  readonly waiting: number
  /** How many calls have failed or were given up so far, probes included. */
  readonly failures: number
  /**
   * The result of `work`. Rejects with `SessionStoreUnavailable` where it fails, or takes longer than it may, and at once
   * while the dependency is down. Rejects with a `Refusal`, or an error that is an answer, as it is. A call whose work answers
   * without a promise costs next to nothing.
   */
  call<Result>(
    work: () => Result | PromiseLike<Result>,
    options?: CallOptions<Result>,
  ): Promise<Result>
  /** The same, at once where `work` answers without a promise. What `call` would reject with is then thrown. */
  soon<Result>(work: () => Soon<Result>): Soon<Result>
  /** Asks it now, and gives what is wrong; null where it answers. Never rejects. Callers at one time share one question. */
  check(): Promise<Error | null>
}

/** Options of one call. */
export interface CallOptions<Result> {
  /** How many milliseconds of `loopTime` it may take; the dependency's own by default. */
  readonly allowance?: number
  /**
   * Does it change something? Then the error of a call that takes too long, or whose connection broke, says that the change may
   * have been stored. False where left out.
   */
  readonly isWrite?: boolean
  /** Takes back what a call did after its caller had the error. Gets null where the call failed too, and may have done it. */
  readonly undo?: (result: Result | null) => Promise<unknown>
}

/** How a dependency is watched. */
export interface DependencyOptions {
  /** As the operator knows it: lines of the log begin with it. */
  readonly name: string
  /** How long a call may take, in milliseconds of `loopTime`. */
  readonly timeout: number
  /** The cheapest call that shows whether it answers. */
  readonly probe: () => Promise<unknown>
  /** How many calls it takes at a time: any number where left out. The others wait for a place, which does not count as time. */
  readonly places?: number
  /** Is this error an answer, so that the caller gets it as it is? A row that exists already is no outage. Left out: none is. */
  readonly isAnswer?: (error: unknown) => boolean
  readonly log: DependencyLog
}

/**
 * Watches over calls to a dependency. A slow dependency is not down: callers wait. One that fails `mostFailures` times in a row is
 * down. Then every caller gets the error at once, those who wait included, and a probe a second finds out when it is back.
 */
export function createDependency(options: DependencyOptions): Dependency {
  const { name, timeout, isAnswer } = options
  // So short that a dependency which hangs is down by the time that its first caller gives up.
  const patience = timeout / mostFailures
  const places = createPlaces(options.places ?? Infinity)
  const calls = createWaitingList()
  const breaker = createBreaker(name, options.log, (reason) => {
    for (const { giveUp } of calls.takeAll()) giveUp(reason)
    places.turnAway()
  })
  const prober = createProber(options.probe, patience, breaker)
  const startCheck = createDeadlines(patience)

  return {
    name,
    get isDown() {
      return breaker.reason !== null
    },
    get reason() {
      return breaker.reason
    },
    get waiting() {
      return places.waiting
    },
    get failures() {
      return breaker.failures
    },

    async call(work, callOptions) {
      return enter(work, callOptions)
    },

    soon: (work) => enter(work),

    check() {
      return new Promise((resolve) => {
        const clear = startCheck(() => resolve(silence(patience)))
        void prober.ask().then((found) => {
          clear()
          resolve(found)
        })
        onTick(look)
      })
    },
  }

  function enter<Result>(
    work: () => Result | PromiseLike<Result>,
    callOptions?: CallOptions<Result>,
  ): Soon<Result> {
    if (breaker.reason !== null) throw new SessionStoreUnavailable(breaker.reason)
    if (places.take()) return begin(work, callOptions)
    return places.wait().then((isIn) => {
      if (!isIn) throw new SessionStoreUnavailable(breaker.reason)
      return begin(work, callOptions)
    })
  }

  function begin<Result>(
    work: () => Result | PromiseLike<Result>,
    callOptions?: CallOptions<Result>,
  ): Soon<Result> {
    let answer: Result | PromiseLike<Result>
    try {
      answer = work()
    } catch (error) {
      places.leave()
      throw verdict(error)
    }
    if (isPromise(answer)) return outcome(answer, callOptions)
    places.leave()
    breaker.answered()
    return answer
  }

  function outcome<Result>(
    answer: PromiseLike<Result>,
    { allowance = timeout, isWrite = false, undo }: CallOptions<Result> = {},
  ): Promise<Result> {
    // Where that fails too, the next call reports it.
    const takeBack = (result: Result | null) => void undo?.(result).catch(() => undefined)
    return new Promise((resolve, reject) => {
      const wait = calls.add(allowance, (reason) =>
        reject(new SessionStoreUnavailable(reason, { isOpen: isWrite })),
      )
      onTick(look)
      answer.then(
        (result) => {
          places.leave()
          if (calls.remove(wait)) {
            breaker.answered()
            resolve(result)
          } else takeBack(result)
        },
        (error: unknown) => {
          places.leave()
          if (calls.remove(wait)) reject(verdict(error, isWrite))
          else if (!isSettled(error)) takeBack(null)
        },
      )
    })
  }

  /** The error that the caller gets for `error`. */
  function verdict(error: unknown, isWrite = false): unknown {
    if (error instanceof Refusal || isAnswer?.(error)) {
      breaker.answered()
      return error
    }
    onTick(look)
    breaker.failed(error as Error)
    return new SessionStoreUnavailable(error, { isOpen: isWrite && !isSettled(error) })
  }

  /** At every tick: gives up what is late, and probes where something looks wrong. False when there is nothing to look at. */
  function look(): boolean {
    for (const { since, due, giveUp } of calls.takeLate()) {
      const reason = silence(due - since)
      giveUp(reason)
      breaker.failed(reason)
    }
    const { oldest } = calls
    const isSlow = oldest !== null && loopTime() - oldest.since >= patience
    prober.look(breaker.isSuspect || isSlow)
    return oldest !== null || breaker.isSuspect || prober.isAsking
  }
}

function isPromise<Result>(answer: Result | PromiseLike<Result>): answer is PromiseLike<Result> {
  return typeof (answer as PromiseLike<Result> | null | undefined)?.then === 'function'
}
