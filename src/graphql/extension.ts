import type { SessionDefinitions } from '../session/record/data.ts'
import type { Builder } from './builder.ts'

/** An addition to the core: names of the session, and types of the schema. Our own cart is one, and so is a host's. */
export interface Extension {
  /** How the session keeps each name that the extension has declared in `SessionData`. */
  readonly names?: SessionDefinitions
  /**
   * Adds types, fields and refusals to the builder of one application, which calls this once as it is made. Where it throws,
   * or adds something wrong, the application does not start.
   */
  readonly types?: (builder: Builder) => void | Promise<void>
}
