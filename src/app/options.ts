import type { AuthListener } from '../auth/audit/auth-event.ts'
import type { BackendChoice } from '../auth/logins/backends.ts'
import type { DatabaseOptions } from '../database/database.ts'
import type { CreateStore } from '../session/custom-engine.ts'

/** What an application has of its own, beside its settings. */
export interface Extensions {
  /** Opens the store that keeps sessions, in place of SESSION_ENGINE; or the name of an engine. */
  readonly engine?: string | CreateStore
  /** Who checks credentials, in order, in place of AUTHENTICATION_BACKENDS. */
  readonly backends?: readonly BackendChoice[]
  /** Told of logins, logouts, revocations and all that the audit keeps, once it is stored. */
  readonly listeners?: readonly AuthListener[]
}

/** How an application is opened. */
export interface AppOptions extends Extensions, DatabaseOptions {
  /** Milliseconds since 1970. For tests. */
  readonly now?: () => number
  /** False for a command: nothing answers at any path, and GraphQL is not loaded. */
  readonly serves?: boolean
}
