import type { User } from '../users/user.ts'

/** What a visitor offers to prove who they are. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Checks credentials. Never a store. */
export interface AuthenticationBackend {
  /** Kept in the session of each user whom this backend vouches for. */
  readonly name: string
  /** The user; null to pass the question on; 'veto' to stop the search. Rejects only when the backend itself fails. */
  authenticate(credentials: Credentials): Promise<User | null | 'veto'>
}
