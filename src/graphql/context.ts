import type { Logger } from 'pino'
import type { AuthEvent } from '../auth/audit.ts'
import type { AuthenticationBackend } from '../auth/backend.ts'
import type { PasswordHasher } from '../auth/password.ts'
import type { Client } from '../http/client.ts'
import type { RequestRoster, Roster } from '../auth/roster.ts'
import type { Throttle } from '../auth/throttle.ts'
import type { User } from '../auth/user.ts'
import type { Users } from '../auth/users.ts'
import type { Database } from '../database/database.ts'
import type { OpenCarrier } from '../session/carrier.ts'
import type { SessionSettings } from '../session/commit.ts'
import type { SessionEvents } from '../session/events.ts'
import type { SessionId } from '../session/key.ts'
import type { Candidate } from '../session/candidates.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Guard } from './guard.ts'

/** What the API is made of, the same for every request. */
export interface Application {
  readonly db: Database
  readonly backends: readonly AuthenticationBackend[]
  readonly passwords: PasswordHasher
  /** Finds and makes accounts. */
  readonly users: Users
  readonly sessions: Roster
  readonly throttle: Throttle
  /** Tells everybody who listens what has happened to somebody's account or sessions. Never fails. */
  notify(event: AuthEvent): Promise<void>
  readonly settings: SessionSettings
  readonly openCarrier: OpenCarrier
  /** The streams of this process. Whatever ends sessions calls them. */
  readonly events: SessionEvents
  /** Are records kept on this side? Otherwise each cookie carries one, and a newer cookie a newer one. */
  readonly keepsRecords: boolean
  /** SESSION_REMEMBER_AGE, in seconds. */
  readonly rememberAge: number
  readonly registration: 'open' | 'closed'
  /** ADMIN_USERNAME: no visitor may register it. */
  readonly reservedUsername: string
  /** GRAPHQL_TIMEOUT: what a field may take if it wants to be heard, in milliseconds. */
  readonly operationTime: number
  readonly log: Logger
  /** Ends a session from outside it, in the roster and in the store. False where there is none alive. */
  revoke(id: SessionId): Promise<boolean>
  /**
   * Removes everything that has expired, in batches, and says how much. `report` hears of every batch of sessions, and
   * where it answers false, that was the last.
   */
  clearExpired(report?: (total: number) => boolean | void): Promise<number>
}

/** What every resolver sees. */
export interface Context extends Candidate<RequestRoster> {
  readonly app: Application
  /** The request and its answer, for what lasts as long as they do. */
  readonly exchange: Exchange
  /** What the operation may still take, and whether it is over. */
  readonly budget: Guard
  /** Who sends the request. */
  readonly client: Client
}

/** The signed-in user; null for an anonymous visitor. Shares the request's one look at the session. */
export async function currentUser({ session, roster }: Context): Promise<User | null> {
  const auth = await session.auth()
  return auth && roster.user(auth.userId)
}
