import { currentUser } from '../auth/logins/caller.ts'
import type { Caller } from '../auth/logins/caller.ts'
import type { Logins } from '../auth/logins/logins.ts'
import { loginOf, logoutOf } from '../auth/logins/visit.ts'
import type { Visit } from '../auth/logins/visit.ts'
import type { Asked, Reader } from './asked.ts'
import type { Guard } from './guard.ts'

/** What the resolvers of an extension see, be it a host's or our own cart. */
export interface ResolverContext extends Visit {
  /** The id of the request: in the log, in `X-Request-Id`, and in `extensions.requestId` of a fault. */
  readonly requestId: string
  /** The application's clock, in milliseconds since 1970. */
  readonly now: () => number
}

/** What the core's resolvers see in addition. Their part of the schema gets the functions they call: see schema.ts. */
export interface Context extends Caller, ResolverContext {
  /** The reader of a stream. */
  readonly reader: () => Reader
  /** How much the operation may still read, and whether it is over. */
  readonly budget: Guard
}

/** What a context is made of. */
export interface ContextParts {
  readonly logins: Pick<Logins, 'loginAs' | 'logout'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** The context of one request. */
export function openContext(
  { logins, now }: ContextParts,
  { session, roster }: Pick<Caller, 'session' | 'roster'>,
  { served, id, reader }: Asked,
  budget: Guard,
): Context {
  // One literal, without a spread, which would cost a request twenty microseconds.
  const context: Context = {
    session,
    roster,
    client: served.client,
    exchange: served,
    reader,
    budget,
    requestId: id,
    now,
    user: async () => currentUser(context),
    login: (identity, remembering) => loginOf(logins, context, identity, remembering),
    logout: () => logoutOf(logins, context),
  }
  return context
}
