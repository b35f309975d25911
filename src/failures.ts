import { isOutage } from './database/errors.ts'
import { fault } from './fault.ts'
import {
  Refusal,
  ServerBusy,
  SessionBusy,
  SessionStoreUnavailable,
  TooManyAttempts,
} from './refusals.ts'

/** What an error says to a client, where it says more than that something is wrong here. */
export interface Failure {
  readonly status: number
  readonly code: string
  readonly message: string
  /** Seconds; null where trying again at once may help. */
  readonly retryAfter: number | null
}

/** The one table of statuses. */
const statuses: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  INVALID_CREDENTIALS: 401,
  FORBIDDEN: 403,
  REGISTRATION_CLOSED: 403,
  NOT_FOUND: 404,
  NO_SESSION: 404,
  NOT_ACCEPTABLE: 406,
  SESSION_INTERRUPTED: 409,
  SESSION_BUSY: 409,
  USERNAME_TAKEN: 409,
  SESSION_TOO_LARGE: 413,
  TOO_MANY_ATTEMPTS: 429,
  TOO_MANY_STREAMS: 429,
  [fault.code]: fault.status,
  EXECUTION_TIMEOUT: 503,
  SERVER_BUSY: 503,
  SESSION_STORE_UNAVAILABLE: 503,
}

/** The status of an answer that is an error of this code and nothing else. Any code that is not known is a 400, as BAD_USER_INPUT is. */
export function statusOf(code: string): number {
  return (Object.hasOwn(statuses, code) ? statuses[code] : undefined) ?? 400
}

/** What `error` says to the client; null for a fault. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof Refusal)) return shortageOf(error)
  const retryAfter = error instanceof TooManyAttempts ? error.retryAfter : null
  return failure(error.code, error.message, retryAfter)
}

/** What `error` says of the server and its database and store, which cannot serve the request just now; null where it says nothing of them. */
export function shortageOf(error: unknown): Failure | null {
  if (error instanceof SessionBusy) return failure('SESSION_BUSY', error.message, null)
  if (error instanceof ServerBusy)
    return failure('SERVER_BUSY', 'The server is busy. Try again.', error.retryAfter)
  const isStore = error instanceof SessionStoreUnavailable
  if (!isStore && !isOutage(error)) return null
  const message = isStore ? error.message : away
  return failure('SESSION_STORE_UNAVAILABLE', message, 2)
}

/** Of an error that comes from the database itself no caller knows what was done before it, or whether its own statement was. */
const away = 'The database is not available. A change that was under way may have been stored.'

/** What a client reads of an application that is closed. By a second later another process may have taken its place. */
export const stopping: Failure = failure('SERVER_BUSY', 'The server is stopping.', 1)

function failure(code: string, message: string, retryAfter: number | null): Failure {
  return { status: statusOf(code), code, message, retryAfter }
}
