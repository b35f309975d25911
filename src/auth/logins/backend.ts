import type { IncomingHttpHeaders } from 'node:http'
import { isUsable } from '../passwords/password.ts'
import type { User } from '../users/user.ts'

/** What a visitor offers to prove who they are. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Are they credentials at all? A host may hand over what a visitor's JSON holds. */
export function areCheckable(credentials: Credentials): boolean {
  const given: Partial<Record<keyof Credentials, unknown>> = credentials ?? {}
  const { username, password } = given
  return typeof username === 'string' && typeof password === 'string' && isUsable(password)
}

/**
 * What a backend may rely on of the request that brings credentials. The cookie among its headers opens the visitor's
 * session: never log it. A backend leaves the body alone.
 */
export interface LoginRequest {
  /** By their names in lower case, as node:http has them. A visitor may send any that no proxy of yours overwrites. */
  readonly headers: IncomingHttpHeaders
}

/** Where credentials come from. */
export interface LoginOrigin {
  /** The visitor's address, as far as your proxies are trusted; null where it is not known. */
  readonly address: string | null
  /** Null where no request brought them: at the shell, or by a call without one. */
  readonly request: LoginRequest | null
}

/** What a backend says: the user, as `users` gave them; null to pass the question on; 'veto' to stop the search. */
export type BackendAnswer = User | null | 'veto'

/** Checks credentials. Never a store. */
export interface AuthenticationBackend {
  /** Kept in the session of each user whom this backend vouches for: see `assertBackendName`. */
  readonly name: string
  /**
   * Answers for these credentials. Rejects only where the backend itself fails, which is a fault: no other backend is
   * asked, the visitor reads of an error of the server, and the attempt is not counted. `InvalidCredentials` and
   * `TooManyAttempts` are the exceptions: the visitor gets them as they are.
   */
  authenticate(credentials: Credentials, from: LoginOrigin): Promise<BackendAnswer>
}
