import type { SessionDefinitions } from '../session/record/data.ts'
import type { Builder } from './builder.ts'

/** What is added to the core: names of the session, and types of the schema. Our own cart is one, and so is what a host adds. */
export interface Extension {
  /** How the session keeps each name that the extension has declared in `SessionData`. */
  readonly names?: SessionDefinitions
  /**
   * Adds types, fields and refusals to the builder of one application. Called once for each, when it is put together. What it
   * throws, and what is wrong with what it adds, refuses the application.
   */
  readonly types?: (builder: Builder) => void | Promise<void>
}
