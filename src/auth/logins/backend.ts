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
 * The part of a login's request that a backend may read. The cookie among its headers opens the visitor's session: never log
 * it. A backend must not read the body.
 */
export interface LoginRequest {
  /**
   * By their names in lower case, as node:http has them. A visitor may forge any header that your proxy does not overwrite.
   */
  readonly headers: IncomingHttpHeaders
}

/** Where credentials come from. */
export interface LoginOrigin {
  /** The visitor's address, by way of trusted proxies; null where it is not known. */
  readonly address: string | null
  /** The request that brought them; null at the shell, or for a call without one. */
  readonly request: LoginRequest | null
}

/** What a backend says: the user, as it got them from `users`; null to ask the next backend; 'veto' to stop the search. */
export type BackendAnswer = User | null | 'veto'

/** Checks credentials. Never a store. */
export interface AuthenticationBackend {
  /** Kept in the session of each user whom this backend vouches for: see `assertBackendName`. */
  readonly name: string
  /**
   * Checks these credentials. Rejects only where the backend itself fails, which is a fault: the server asks no other
   * backend, answers with a server error, and does not count the attempt. It passes `InvalidCredentials` and
   * `TooManyAttempts` on to the visitor.
   */
  authenticate(credentials: Credentials, from: LoginOrigin): Promise<BackendAnswer>
}
