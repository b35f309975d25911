import type { Client } from '../../http/client.ts'
import type { Session } from '../../session/session.ts'
import type { User } from '../users/user.ts'
import type { Identity } from './identity.ts'
import { currentUser } from './caller.ts'
import type { Caller } from './caller.ts'
import type { Logins, Remembering } from './logins.ts'

/** One request of a visitor, as the code of a host sees it: in resolvers, and in routes. */
export interface Visit {
  /** The visitor's session. It looks nothing up before a caller asks for something. */
  readonly session: Session
  /** Where the request comes from: the address, and the user agent. */
  readonly client: Client
  /** The signed-in user; null for an anonymous visitor. All who ask share the request's one look at the session. */
  user(): Promise<User | null>
  /**
   * Signs the user of `identity` in, under a new key, and stores that before it resolves. Resolves with the user as they are
   * from then on. A guest's values are dealt with as the rule of each name says; another user's session starts empty.
   */
  login(identity: Identity, remembering?: Remembering): Promise<User>
  /** Ends the session, and only this one. Harmless for an anonymous visitor. */
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

/** `login` of a visit. The session is not stored before it is done, also where the code of a host does not wait for it. */
export function loginOf(
  logins: Pick<Logins, 'loginAs'>,
  caller: Caller,
  identity: Identity,
  remembering?: Remembering,
): Promise<User> {
  return caller.session.follow(logins.loginAs(caller, identity, remembering), true)
}

/** `logout` of a visit, which the session waits for likewise. */
export function logoutOf(logins: Pick<Logins, 'logout'>, caller: Caller): Promise<void> {
  return caller.session.follow(logins.logout(caller), true)
}
