/**
 * An expected failure: data for the caller, with a stable code, never a fault. What a request wrote beside a
 * refusal stands; an unexpected error undoes the field it struck.
 */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = new.target.name
    this.code = code
  }
}

/** The session ended while this request was writing to it (Django's SessionInterrupted). Nothing was stored. */
export class SessionInterrupted extends Refusal {
  constructor() {
    super('SESSION_INTERRUPTED', 'The session ended before this change was stored. Try again.')
  }
}

/** The value, or the whole session, would pass its cap of `limit` bytes. Nothing was stored. */
export class SessionTooLarge extends Refusal {
  readonly limit: number

  constructor(limit: number, what = 'The session') {
    super('SESSION_TOO_LARGE', `${what} would be larger than ${limit} bytes.`)
    this.limit = limit
  }
}

/** Too many writers at once, on other processes, kept this change from being stored: try again. Nothing was stored. */
export class SessionBusy extends Error {
  constructor() {
    super('Too many concurrent changes to one session. Try again.')
    this.name = 'SessionBusy'
  }
}

/**
 * The store did not answer, or answered with a failure, which is the `cause`. The visitor keeps the cookie. `isOpen`:
 * whether a change that was under way is stored is unknown, and the message says so.
 */
export class SessionStoreUnavailable extends Error {
  readonly isOpen: boolean

  constructor(cause: unknown, { isOpen = false } = {}) {
    const may = isOpen ? ' The change may have been stored all the same.' : ''
    super(`The session store is not available.${may}`, { cause })
    this.name = 'SessionStoreUnavailable'
    this.isOpen = isOpen
  }
}
