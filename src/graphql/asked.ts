import type { LoginRequest } from '../auth/logins/backend.ts'
import type { ServedRequest } from '../session/serve.ts'
import type { Plan } from './plans.ts'

/** Where the parameters of an operation come from, and where its outcome goes: a request over HTTP, as a rule. */
export interface Asked {
  /** What its session and its login are found by. */
  readonly served: ServedRequest & { readonly request: LoginRequest }
  /** The id of the request: in the log, and in `extensions.requestId` of a fault. */
  readonly id: string
  /** Told of the operation before it is run. What it throws is the outcome. */
  admit(plan: Plan): void
  /** For an outcome that lasts as long as its reader does. */
  reader(): Reader
}

/** The reader of a stream. */
export interface Reader {
  /** Takes each end of a stream for a reason to ask again, and an error that comes in place of a stream for none. */
  readonly asksAgain: boolean
  /** Calls `listener` once it reads no more, however that comes; at once where it has left already. */
  onceGone(listener: () => void): void
  /** Breaks the stream off, so that it comes back. */
  cutOff(): void
}
