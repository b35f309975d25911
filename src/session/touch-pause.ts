/** Keeps each request from trying to write activity down while that fails. One for all requests of a process. */
export interface TouchPause {
  /** Did the last touch of the process fail, without a change that was stored since? `/ready` says so. */
  readonly isFailing: boolean
  /** Has a touch failed so recently that requests should not try another? */
  isRunning(): boolean
  /** A touch has failed. Logs the first of a series. */
  begin(error: unknown): void
  /** A touch has succeeded, or a change was stored. Logs the first after a failure. */
  end(): void
}

/** The longest pause, in milliseconds. */
const longestPause = 10_000

/** A pause of a tenth of `age` (in seconds), which is how often a session is touched. `now` is in milliseconds since 1970. */
export function createTouchPause(options: {
  readonly age: number
  readonly now: () => number
  readonly warn: (message: string, error?: unknown) => void
}): TouchPause {
  const { age, now, warn } = options
  const length = Math.min(age * 100, longestPause)
  let since: number | null = null
  return {
    get isFailing() {
      return since !== null
    },
    isRunning: () => since !== null && Math.abs(now() - since) < length,
    begin(error) {
      if (since === null)
        warn(
          'Activity cannot be written down: the server reads sessions, and does not renew them.',
          error,
        )
      since = now()
    },
    end() {
      if (since !== null) warn('Activity is written down again.')
      since = null
    },
  }
}
