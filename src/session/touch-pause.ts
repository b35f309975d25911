/**
 * Knows whether sessions cannot be written, and keeps each request from trying to write activity down meanwhile. One for all
 * requests of a process. Each write is that of a user's session, or of a guest's.
 */
export interface TouchPause {
  /** Did the last write of the process fail, be it a touch or a change? `/ready` says so. See `end`. */
  readonly isFailing: boolean
  /** Has a touch failed so recently that requests should not try another? */
  isRunning(): boolean
  /** A touch has failed. Logs the first failure of a series. */
  begin(error: unknown, whose: Whose): void
  /** A change was not stored. Logs the first failure of a series. Touches go on: one may show that the store takes writes again. */
  refused(error: unknown, whose: Whose): void
  /**
   * A touch has succeeded, or a change was stored. Logs the first after a failure. That of a guest says nothing of users, whose
   * writes need the database besides the store: it counts once none of a user has failed for a while.
   */
  end(whose: Whose): void
}

/** Whose session is written. */
export type Whose = 'user' | 'guest'

/** Whose session this is, or is to be. */
export function whoseIs({ auth }: { readonly auth: object | null }): Whose {
  return auth === null ? 'guest' : 'user'
}

/** The longest pause, in milliseconds. */
const longestPause = 10_000

/** For how long a failed write of a user's session outweighs those of guests, in milliseconds. */
const doubt = 60_000

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
  let ofUserAt = -Infinity
  const isWithin = (at: number, milliseconds: number) => Math.abs(now() - at) < milliseconds
  return {
    get isFailing() {
      return isFailing
    },
    isRunning: () => since !== null && isWithin(since, length),
    begin(error, whose) {
      refused(error, whose)
      since = now()
    },
    refused,
    end(whose) {
      if (whose === 'guest' && isWithin(ofUserAt, doubt)) return
      ofUserAt = -Infinity
      if (isFailing) warn('Sessions are written again.')
      isFailing = false
      since = null
    },
  }

  function refused(error: unknown, whose: Whose): void {
    if (whose === 'user') ofUserAt = now()
    if (!isFailing)
      warn('Sessions cannot be written: the server reads them, and does not renew them.', error)
    isFailing = true
  }
}
