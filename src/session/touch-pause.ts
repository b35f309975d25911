/**
 * Knows whether sessions cannot be written, and keeps each request from trying to write activity down meanwhile. One for all
 * requests of a process.
 */
export interface TouchPause {
  /** Did the last write of the process fail, be it a touch or a change? `/ready` says so. */
  readonly isFailing: boolean
  /** Has a touch failed so recently that requests should not try another? */
  isRunning(): boolean
  /** A touch has failed. Logs the first failure of a series. */
  begin(error: unknown): void
  /** A change was not stored. Logs the first failure of a series. Touches go on: one may show that the store takes writes again. */
  refused(error: unknown): void
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
  let isFailing = false
  let since: number | null = null
  return {
    get isFailing() {
      return isFailing
    },
    isRunning: () => since !== null && Math.abs(now() - since) < length,
    begin(error) {
      refused(error)
      since = now()
    },
    refused,
    end() {
      if (isFailing) warn('Sessions are written again.')
      isFailing = false
      since = null
    },
  }

  function refused(error: unknown): void {
    if (!isFailing)
      warn('Sessions cannot be written: the server reads them, and does not renew them.', error)
    isFailing = true
  }
}
