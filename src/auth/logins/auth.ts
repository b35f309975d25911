import type { Expiry } from '../../session/expiry.ts'
import type { Session } from '../../session/session.ts'
import type { AuthenticationBackend, Credentials } from './backend.ts'
import { isUsable } from '../passwords/password.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { User } from '../users/user.ts'
import { InvalidCredentials } from '../../refusals.ts'

declare const vouched: unique symbol

/** A user and the backend that vouches for them. Only `authenticate` and `vouch` make one. */
export interface Identity {
  readonly user: User
  readonly backend: string
  readonly [vouched]: true
}

/** Who checks credentials, and how often callers may try. */
export interface AuthenticationOptions {
  readonly backends: readonly AuthenticationBackend[]
  readonly throttle: Throttle
}

/**
 * Asks each backend in turn; the first user found wins, and a veto ends the search. Throws `InvalidCredentials` where
 * no user is found, and `TooManyAttempts` where it was tried too often from `address`; null where that is not known.
 */
export async function authenticate(
  { backends, throttle }: AuthenticationOptions,
  credentials: Credentials,
  address: string | null,
): Promise<Identity> {
  // Not charged, because nothing is checked. A directory may take an empty password for an anonymous visit, and say yes.
  if (!isUsable(credentials.password)) throw new InvalidCredentials()
  const attempt = { account: credentials.username, address }
  return throttle.guard(attempt, () => askAll(backends, credentials))
}

async function askAll(
  backends: readonly AuthenticationBackend[],
  credentials: Credentials,
): Promise<Identity> {
  for (const backend of backends) {
    const answer = await backend.authenticate(credentials)
    if (answer === 'veto') break
    if (answer?.isActive) return vouch(answer, backend.name)
  }
  throw new InvalidCredentials()
}

/**
 * An identity without credentials: the caller says that it knows who this is, and under which backend's name. Throws
 * `InvalidCredentials` for a user who is not active.
 */
export function vouch(user: User, backend: string): Identity {
  if (!user.isActive) throw new InvalidCredentials()
  return { user, backend } as Identity
}

/**
 * Binds the identity's user to the session, always under a new key (OWASP, against fixation). What a guest stored
 * survives, save where a name's rule says otherwise; so does all when the same user signs in again. A different user
 * starts empty.
 */
export async function login(session: Session, identity: Identity, expiry: Expiry): Promise<void> {
  const current = await session.auth()
  if (current !== null && current.userId !== identity.user.id) session.flush()
  const { id: userId, epoch } = identity.user
  session.bind({ userId, epoch, backend: identity.backend }, expiry, identity.user)
}

/** Ends the session, and only this one. Harmless for an anonymous visitor, for whom nothing is created. */
export function logout(session: Session): void {
  session.flush()
}
