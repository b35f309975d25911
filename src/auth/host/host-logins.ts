import { isIP } from 'node:net'
import type { Credentials, LoginRequest } from '../logins/backend.ts'
import type { Identity } from '../logins/identity.ts'
import type { Logins } from '../logins/logins.ts'
import type { UserName } from '../users/users.ts'

/** Where the credentials that a host checks come from. */
export interface CredentialsOrigin {
  /**
   * The visitor's IP address, as far as the host trusts its proxies: the throttle counts attempts by it. It counts null, and
   * any text that is no address, as one unknown address.
   */
  readonly address: string | null
  /** The request that brought them, for backends that look at it. */
  readonly request?: LoginRequest | null | undefined
}

/** How a host's code finds out who a visitor is, for `login` of a route. */
export interface HostLogins {
  /**
   * Checks credentials by the backends, under the throttle like any login, and signs no visitor in. Throws
   * `InvalidCredentials`, or `TooManyAttempts`; the audit records both.
   */
  authenticate(credentials: Credentials, from: CredentialsOrigin): Promise<Identity>
  /**
   * An identity for a user whom the host has identified itself, as for single sign-on. `backend` is the host's name for that
   * way: the session and the audit keep it. Throws `InvalidCredentials` where the user is unknown or inactive, and a
   * TypeError for an argument that names no user.
   */
  vouch(user: UserName | string, backend: string): Promise<Identity>
}

/** Hands a host the use cases that GraphQL calls too. */
export function createHostLogins(logins: Pick<Logins, 'authenticate' | 'vouch'>): HostLogins {
  return {
    authenticate(credentials, { address, request = null }) {
      const ipAddress = isIP(address ?? '') === 0 ? null : address
      const userAgent = request?.headers['user-agent'] ?? null
      const client = { ipAddress, userAgent }
      const by = { actorId: null, sessionId: null, client, application: true } as const
      return logins.authenticate(credentials, { address: ipAddress, request }, by)
    },
    vouch: (user, backend) => logins.vouch(user, backend),
  }
}
