import { loopTime, onTick } from './loop-clock.ts'
import { Refusal, SessionStoreUnavailable } from '../refusals.ts'

/** Something that this server cannot do without, and that may fail: the database, or the session store. */
export interface Dependency {
  readonly name: string
  /** Has it failed so often in a row that no caller waits for it any longer? */
  readonly isDown: boolean
  /** Why it is down; null while it is not. */
  readonly reason: Error | null
  /**
   * What `work` comes to. `SessionStoreUnavailable` where it fails, or takes longer than it may, and at once while the dependency is down. A refusal stays one.
   */
  call<Result>(work: () => Promise<Result>, options?: CallOptions<Result>): Promise<Result>
  /** Asks it now, and says what is wrong; null where it answers. Callers at one time share one question. */
  check(): Promise<Error | null>
}

/** What there is to say of one call. */
export interface CallOptions<Result> {
  /** How many milliseconds of `loopTime` it may take; the dependency's own where nothing is said. */
  readonly allowance?: number
  /** Does it change something? Then the error of one that is given up says that the change may have been stored. */
  readonly isWrite?: boolean
  /** Takes back what a call has done that was given up before it did. */
  readonly undo?: (result: Result) => Promise<unknown>
}

/** How a dependency is watched. */
export interface DependencyOptions {
  /** As the operator knows it: it begins a line of the log. */
  readonly name: string
  /** How long a call may take, in milliseconds of `loopTime`. */
  readonly timeout: number
  /** The cheapest question that it must be able to answer. */
  readonly probe: () => Promise<unknown>
  /** How many calls it takes at a time. The others wait their turn, which does not count. */
  readonly places?: number
  /** Is this error an answer, so that the caller gets it as it is? A row that exists already is no outage. */
  readonly isAnswer?: (error: unknown) => boolean
  readonly log: {
    warn(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** So many failures in a row, without a success between, are an outage: where a probe is among them. */
const mostFailures = 3

/** How often a dependency that has failed is probed, in milliseconds. */
const probeEvery = 1000

/** A probe without an answer for so long is given up, so that a lost one does not stand in the way of the next. */
const probeLost = 10_000

/** The log hears of failing calls once in so many milliseconds, while the dependency is not down. */
const tellEvery = 60_000

/** For how many milliseconds of `loopTime` the clock is kept going when nothing is waited for. */
const linger = 1000

interface Probe {
  readonly since: number
  /** How often its silence has been counted. */
  silences: number
  readonly answer: Promise<Error | null>
}

interface Waiting {
  readonly due: number
  readonly since: number
  /** Otherwise it is a check, whose probe tells by itself. */
  readonly isCall: boolean
  fail(error: Error): void
}

/**
 * Watches over calls to a dependency. A slow one is waited for. One that fails `mostFailures` times in a row is down: then
 * every caller is answered at once, those who wait included, and a probe a second finds out when it is back. Only a probe
 * that fails says so: a store that answers reads and takes no writes is not down.
 */
export function createDependency(options: DependencyOptions): Dependency {
  const { name, timeout, probe, places = Infinity, isAnswer, log } = options
  const waiting = new Set<Waiting>()
  const queue: (() => void)[] = []
  // So that a dependency that hangs is known to do so by the time that the first caller is given up.
  const patience = timeout / mostFailures
  let free = places
  let isTicking = false
  let busyAt = 0
  let failures = 0
  let hasProbeFailed = false
  let down: { readonly since: number; readonly reason: Error } | null = null
  let probing: Probe | null = null
  let probedAt = -Infinity
  let toldAt = -Infinity

  return {
    name,
    get isDown() {
      return down !== null
    },
    get reason() {
      return down && down.reason
    },

    call(work, options = {}) {
      if (down) return Promise.reject(new SessionStoreUnavailable(down.reason))
      return new Promise((resolve, reject) => {
        if (free > 0) begin(work, options, resolve, reject)
        else queue.push(() => begin(work, options, resolve, reject))
      })
    },

    async check() {
      const { answer } = probing ?? ask()
      let stop = () => {}
      const silence = new Promise<Error>((resolve) => {
        const since = loopTime()
        const wait: Waiting = { since, due: since + patience, isCall: false, fail: resolve }
        waiting.add(wait)
        stop = () => waiting.delete(wait)
        startClock()
      })
      const found = await Promise.race([answer, silence])
      stop()
      return found
    },
  }

  function begin<Result>(
    work: () => Promise<Result>,
    { allowance = timeout, isWrite = false, undo }: CallOptions<Result>,
    resolve: (result: Result) => void,
    reject: (error: unknown) => void,
  ): void {
    if (down) return reject(new SessionStoreUnavailable(down.reason))
    free--
    const since = loopTime()
    const wait: Waiting = {
      since,
      due: since + allowance,
      isCall: true,
      fail: (error) => reject(new SessionStoreUnavailable(error, { isOpen: isWrite })),
    }
    waiting.add(wait)
    startClock()
    settle(work).then(
      (result) => {
        leave()
        if (!waiting.delete(wait)) {
          undo?.(result).catch(() => undefined) // what cannot be taken back either is told by the next call
          return
        }
        failures = 0
        resolve(result)
      },
      (error: unknown) => {
        leave()
        if (!waiting.delete(wait)) return
        if (error instanceof Refusal || isAnswer?.(error)) {
          failures = 0
          return reject(error)
        }
        reject(new SessionStoreUnavailable(error))
        fail(error as Error)
      },
    )
  }

  /** Also what throws at once is a rejection. */
  async function settle<Result>(work: () => Promise<Result>): Promise<Result> {
    return work()
  }

  function leave(): void {
    free++
    queue.shift()?.()
  }

  function startClock(): void {
    busyAt = loopTime()
    if (isTicking) return
    isTicking = true
    onTick(look)
  }

  /** At every tick: gives up what is due, and probes where something looks wrong. False when there is nothing to look at. */
  function look(): boolean {
    const at = loopTime()
    let oldest = Infinity
    for (const wait of waiting) {
      oldest = Math.min(oldest, wait.since)
      if (at < wait.due) continue
      waiting.delete(wait)
      const error = new Error(`No answer within ${Math.round(wait.due - wait.since)} ms.`)
      wait.fail(error)
      if (wait.isCall) fail(error)
    }
    if (probing && at - probing.since >= patience * (probing.silences + 1)) {
      probing.silences++
      hasProbeFailed = true
      fail(new Error(`No answer within ${Math.round(at - probing.since)} ms.`))
    }
    if (probing && at - probing.since >= probeLost) probing = null
    const isSuspect = failures > 0 || at - oldest >= patience
    if ((isSuspect || down) && !probing && performance.now() - probedAt >= probeEvery) ask()
    if (waiting.size > 0 || isSuspect || down || probing) busyAt = at
    isTicking = at - busyAt < linger
    return isTicking
  }

  function ask(): Probe {
    probedAt = performance.now()
    startClock()
    const answer = settle(probe).then(
      () => {
        if (probing === asked) probing = null
        succeed()
        return null
      },
      (error: Error) => {
        if (probing === asked) probing = null
        hasProbeFailed = true
        fail(error)
        return error
      },
    )
    const asked: Probe = { since: loopTime(), silences: 0, answer }
    probing = asked
    return asked
  }

  function succeed(): void {
    failures = 0
    hasProbeFailed = false
    if (!down) return
    const seconds = Math.round((performance.now() - down.since) / 1000)
    down = null
    log.warn({ dependency: name, seconds }, `${name} is back after ${seconds} s`)
  }

  function fail(reason: Error): void {
    failures++
    if (down) return
    if (failures >= mostFailures && hasProbeFailed) goDown(reason)
    else if (performance.now() - toldAt >= tellEvery) {
      toldAt = performance.now()
      log.warn({ dependency: name, err: reason }, `${name} has failed a call`)
    }
  }

  function goDown(reason: Error): void {
    down = { since: performance.now(), reason }
    log.error({ dependency: name, err: reason }, `${name} is down: callers are answered at once`)
    for (const wait of waiting) wait.fail(reason)
    waiting.clear()
    for (const refuse of queue.splice(0)) refuse()
  }
}
