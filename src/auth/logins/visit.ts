import type { Client } from '../../http/client.ts'
import type { Session } from '../../session/session.ts'
import type { User } from '../users/user.ts'
import type { Identity } from './identity.ts'
import { currentUser } from './caller.ts'
import type { Caller } from './caller.ts'
import type { Logins, Remembering } from './logins.ts'

/** One request of a visitor, for a host's code in resolvers and routes. */
export interface Visit {
  /** The visitor's session. It loads when a caller first reads it. */
  readonly session: Session
  /** Where the request comes from: the address, and the user agent. */
  readonly client: Client
  /** The signed-in user; null for an anonymous visitor. The session loads once for all callers in a request. */
  user(): Promise<User | null>
  /**
   * Signs the user of `identity` in, under a new key, and stores that before it resolves. Resolves with the user, whose
   * `lastLogin` is new. The rule of each name decides about a guest's values; a different user starts empty.
   */
  login(identity: Identity, remembering?: Remembering): Promise<User>
  /** Ends the session, and only this one. Does nothing for an anonymous visitor. */
  logout(): Promise<void>
}

/** The visit of a caller. */
export function createVisit(logins: Pick<Logins, 'loginAs' | 'logout'>, caller: Caller): Visit {
  return {
    session: caller.session,
    client: caller.client,
    user: async () => currentUser(caller),
    login: (identity, remembering) => loginOf(logins, caller, identity, remembering),
    logout: () => logoutOf(logins, caller),
  }
}

/** `login` of a visit. The session's `close` waits for it, even if the host's code does not. */
export function loginOf(
  logins: Pick<Logins, 'loginAs'>,
  caller: Caller,
  identity: Identity,
  remembering?: Remembering,
): Promise<User> {
  return caller.session.follow(logins.loginAs(caller, identity, remembering), true)
}

/** `logout` of a visit. The session's `close` waits for it too. */
export function logoutOf(logins: Pick<Logins, 'logout'>, caller: Caller): Promise<void> {
  return caller.session.follow(logins.logout(caller), true)
}
