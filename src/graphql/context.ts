import type { Logger } from 'pino'
import type { Caller } from '../auth/logins/caller.ts'
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

/** What every resolver sees. */
export interface Context extends Caller {
  readonly app: Application
  /** The request and its answer, for what lasts as long as they do. */
  readonly exchange: Exchange
  /** What the operation may still take, and whether it is over. */
  readonly budget: Guard
}
