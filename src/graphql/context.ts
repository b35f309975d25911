import type { Logger } from 'pino'
import { currentUser } from '../auth/logins/caller.ts'
import type { Caller } from '../auth/logins/caller.ts'
import { loginOf, logoutOf } from '../auth/logins/visit.ts'
import type { Visit } from '../auth/logins/visit.ts'
import type { RequestRoster } from '../auth/roster/roster.ts'
import type { UseCases } from '../auth/use-cases.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Judge } from '../http/judge.ts'
import type { SessionEvents } from '../session/events.ts'
import type { SessionsOfRequests } from '../session/serve.ts'
import type { Guard } from './guard.ts'

/** What resolvers work with. */
export interface Application extends UseCases {
  /** The streams of this process. */
  readonly events: SessionEvents
  /** Are records kept on this side? Otherwise each cookie carries one, and a newer cookie a newer one. */
  readonly keepsRecords: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The longest idle time that a visitor may ask for, in seconds. */
  readonly longestExpiry: number
}

/** What it takes to serve a request with its session, and to say how that went. */
export interface Serving extends SessionsOfRequests<RequestRoster> {
  readonly judge: Judge
  readonly log: Logger
}

/** What the resolvers of an extension see, a host's and our own cart's alike. */
export interface ResolverContext extends Visit {
  /** The id of the request: in the log, in `X-Request-Id`, and in `extensions.requestId` of a fault. */
  readonly requestId: string
  /** The application's clock, in milliseconds since 1970. */
  readonly now: () => number
}

/** What the resolvers of the core see besides. */
export interface Context extends Caller, ResolverContext {
  readonly app: Application
  /** The request and its answer, for what lasts as long as they do. */
  readonly exchange: Exchange
  /** What the operation may still take, and whether it is over. */
  readonly budget: Guard
}

/** The context of one request. */
export function openContext(
  app: Application,
  { session, roster }: Pick<Caller, 'session' | 'roster'>,
  exchange: Exchange,
  budget: Guard,
): Context {
  // One literal, without a spread, which would cost a request twenty microseconds.
  const context: Context = {
    app,
    session,
    roster,
    client: exchange.client,
    exchange,
    budget,
    requestId: exchange.id,
    now: app.now,
    user: async () => currentUser(context),
    login: (identity, remembering) => loginOf(app.logins, context, identity, remembering),
    logout: () => logoutOf(app.logins, context),
  }
  return context
}
