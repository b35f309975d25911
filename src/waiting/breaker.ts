/** After so many failures in a row, a failed probe among them, the dependency is down. */
export const mostFailures = 3

/** How often the log reports failing calls while the dependency is not down, in milliseconds. */
const tellEvery = 60_000

/** Where the lines for the operator go. */
export interface DependencyLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/**
 * Counts what fails in a row, and says when that is an outage. It logs each change by one line. It also logs the end of failures
 * that were too few for an outage, because `/ready` may have answered 503 meanwhile.
 */
export interface Breaker {
  /** Why the dependency is down; null while it is not. */
  readonly reason: Error | null
  /** How many failures there were in all. */
  readonly failures: number
  /** Is it down, or has the last call failed? */
  readonly isSuspect: boolean
  /** The dependency answered a call. */
  answered(): void
  /** A call failed. */
  failed(reason: Error): void
  /** The dependency answered a probe: it is back, if it was down. */
  probeAnswered(): void
  /** A probe failed. Without that, no row of failures is an outage: a store that answers reads and takes no writes is not down. */
  probeFailed(reason: Error): void
}

/** The breaker of the dependency that the log calls `name`. `onDown` is called when it goes down. */
export function createBreaker(
  name: string,
  log: DependencyLog,
  onDown: (reason: Error) => void,
): Breaker {
  let failures = 0
  let hasProbeFailed = false
  let allFailures = 0
  let down: { readonly since: number; readonly reason: Error } | null = null
  let toldAt = -Infinity
  let isTold = false

  return {
    get reason() {
      return down && down.reason
    },
    get failures() {
      return allFailures
    },
    get isSuspect() {
      return down !== null || failures > 0
    },
    answered: succeed,
    failed: fail,

    probeAnswered() {
      succeed()
      hasProbeFailed = false
      if (!down) return
      const seconds = Math.round((performance.now() - down.since) / 1000)
      down = null
      toldAt = -Infinity // what fails next may have another reason
      log.warn({ dependency: name, seconds }, `${name} is back after ${seconds} s`)
    },

    probeFailed(reason) {
      hasProbeFailed = true
      fail(reason)
    },
  }

  /** Tells of no answer while only writes fail: such a store answers probes all the while, and has not recovered. */
  function succeed(): void {
    failures = 0
    if (!isTold || !hasProbeFailed) return
    isTold = false
    log.warn({ dependency: name }, `${name} answers again`)
  }

  function fail(reason: Error): void {
    failures++
    allFailures++
    if (down) return
    if (failures >= mostFailures && hasProbeFailed) {
      down = { since: performance.now(), reason }
      isTold = false
      log.error({ dependency: name, err: reason }, `${name} is down: callers are answered at once`)
      onDown(reason)
    } else if (performance.now() - toldAt >= tellEvery) {
      toldAt = performance.now()
      isTold = true
      log.warn({ dependency: name, err: reason }, `${name} has failed a call`)
    }
  }
}
