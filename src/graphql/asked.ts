import type { LoginRequest } from '../auth/logins/backend.ts'
import type { ServedRequest } from '../session/serve.ts'
import type { Plan } from './plans.ts'

/** What brings the parameters of an operation and takes its outcome: as a rule a request over HTTP. */
export interface Asked {
  /** The request, for the session and for logins. */
  readonly served: ServedRequest & { readonly request: LoginRequest }
  /** The id of the request: in the log, and in `extensions.requestId` of a fault. */
  readonly id: string
  /** Called before the operation runs. An error it throws is the outcome. */
  admit(plan: Plan): void
  /** The reader of an outcome that is a stream. */
  reader(): Reader
}

/** The reader of a stream. */
export interface Reader {
  /** Does it ask again after every end of a stream, but not after an error in place of a stream? */
  readonly asksAgain: boolean
  /** Calls `listener` once the reader has left; at once where it has left already. */
  onceGone(listener: () => void): void
  /** Breaks the stream off, so that it comes back. */
  cutOff(): void
}
