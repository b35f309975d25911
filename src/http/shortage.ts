import { isOutage } from '../database/errors.ts'
import { ServerBusy, SessionBusy, SessionStoreUnavailable } from '../refusals.ts'

/** Why a request cannot be served just now, in words for the client. */
export interface Shortage {
  /** Of an answer that has the status for itself. */
  readonly status: 409 | 503
  readonly code: 'SESSION_BUSY' | 'SERVER_BUSY' | 'SESSION_STORE_UNAVAILABLE'
  readonly message: string
  /** Seconds; null where trying again at once may help. */
  readonly retryAfter: number | null
}

/** What `error` says of the server and its database and store; null where it says nothing of them. */
export function shortageOf(error: unknown): Shortage | null {
  if (error instanceof SessionBusy)
    return { status: 409, code: 'SESSION_BUSY', message: error.message, retryAfter: null }
  if (error instanceof ServerBusy) {
    const message = 'The server is busy. Try again.'
    return { status: 503, code: 'SERVER_BUSY', message, retryAfter: error.retryAfter }
  }
  const isStore = error instanceof SessionStoreUnavailable
  if (!isStore && !isOutage(error)) return null
  const message = isStore ? error.message : 'The database is not available.'
  return { status: 503, code: 'SESSION_STORE_UNAVAILABLE', message, retryAfter: 2 }
}
