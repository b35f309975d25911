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

/** Which kind of rule a value breaks, for programs: a page finds its own sentence by it, in its own language. */
export type InvalidFieldCode =
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'TOO_SMALL'
  | 'TOO_LARGE'
  | 'TOO_MANY'
  | 'TOO_DEEP'
  | 'REQUIRED'
  | 'INVALID_FORMAT'
  | 'NOT_ALLOWED'
  | 'TOO_COMMON'
  | 'SAME_AS_USERNAME'
  | 'TAKEN'

/** A rule that a value breaks. */
export interface BrokenRule {
  /** A sentence, for people, to be shown beside the field. */
  readonly message: string
  readonly code?: InvalidFieldCode
  /** The least that is allowed, where the rule has a least: of characters, of entries, or of a number. */
  readonly min?: number
  /** The most, likewise; of a password in bytes. */
  readonly max?: number
}

/** The rule that the value at `path` of the input breaks. */
export interface InvalidField extends BrokenRule {
  readonly path: string[]
}

/** Values that break a rule, each with its path in the input. Nothing was stored. */
export class InvalidInput extends Refusal {
  readonly fields: readonly InvalidField[]

  constructor(fields: readonly InvalidField[]) {
    super('INVALID_INPUT', fields.map(({ message }) => message).join(' '))
    this.fields = fields
  }
}

/** The refusal of one value: that at `path` of the input, which is a name, or the names on the way to it. */
export function invalid(path: string | readonly string[], rule: BrokenRule): InvalidInput {
  return new InvalidInput([{ path: [path].flat(), ...rule }])
}

/** Unknown user, wrong password, inactive user: one refusal for all, so that none can be told from another. */
export class InvalidCredentials extends Refusal {
  constructor() {
    super('INVALID_CREDENTIALS', 'The username or the password is wrong.')
  }
}

/** Too many failed attempts; try again in `retryAfter` seconds. Says nothing about the user. */
export class TooManyAttempts extends Refusal {
  readonly retryAfter: number

  constructor(retryAfter: number) {
    super('TOO_MANY_ATTEMPTS', 'Too many attempts. Wait, then try again.')
    this.retryAfter = retryAfter
  }
}

/** Another user has that name already, in this spelling or one that reads the same. */
export class UsernameTaken extends Refusal {
  constructor() {
    super('USERNAME_TAKEN', 'This username is taken.')
  }
}

/** Another account has that address already, however it is written, where addresses are names to sign in by. */
export class AddressTaken extends InvalidInput {
  constructor() {
    super([{ path: ['email'], message: 'Another account has this address.', code: 'TAKEN' }])
  }
}

/** REGISTRATION=closed. */
export class RegistrationClosed extends Refusal {
  constructor() {
    super('REGISTRATION_CLOSED', 'Registration is closed.')
  }
}

/** There is no such thing, or none that the caller may touch: the answer does not say which. */
export class NotFound extends Refusal {
  constructor(what: string) {
    super('NOT_FOUND', `There is no such ${what}.`)
  }
}

/** The session ended while this request was writing to it (Django's SessionInterrupted). Nothing was stored, unless it says so. */
export class SessionInterrupted extends Refusal {
  constructor(says = 'The session ended before this change was stored. Try again.') {
    super('SESSION_INTERRUPTED', says)
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

/** The visitor has no session, so nothing can happen to it: a stream would wait for ever. */
export class NoSession extends Refusal {
  constructor() {
    super('NO_SESSION', 'There is no session to watch. Sign in or store something first.')
  }
}

/** The visitor, or this server, has as many streams open as it may. */
export class TooManyStreams extends Refusal {
  constructor() {
    super('TOO_MANY_STREAMS', 'Too many streams are open. Close one, or try again later.')
  }
}

/** Too many writers at once, on other processes, kept this change from being stored: try again. Nothing was stored, unless it says so. */
export class SessionBusy extends Error {
  constructor(message = 'Too many concurrent changes to one session. Try again.') {
    super(message)
    this.name = 'SessionBusy'
  }
}

/** Too many passwords are being checked. Try again in `retryAfter` seconds. */
export class ServerBusy extends Error {
  readonly retryAfter = 2

  constructor() {
    super('Too many passwords are being checked.')
    this.name = 'ServerBusy'
  }
}

const mayBeStored = 'The change may have been stored all the same.'

/**
 * The store did not answer, or answered with a failure, which is the `cause`. The visitor keeps the cookie, unless it may name
 * nothing any more. `isOpen`: whether a change that was under way is stored is unknown, and the message says so, unless the
 * caller `says` what is.
 */
export class SessionStoreUnavailable extends Error {
  readonly isOpen: boolean

  constructor(cause: unknown, { isOpen = false, says = mayBeStored } = {}) {
    super(`The session store is not available.${isOpen ? ` ${says}` : ''}`, { cause })
    this.name = 'SessionStoreUnavailable'
    this.isOpen = isOpen
  }
}
