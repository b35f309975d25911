import type { Expiry } from '../../session/expiry.ts'
import type { Session } from '../../session/session.ts'
import type { AuthenticationBackend, Credentials, LoginOrigin } from './backend.ts'
import type { Identities, Identity } from './identity.ts'
import { isUsable } from '../passwords/password.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { InvalidCredentials } from '../../refusals.ts'

/** Who checks credentials, how often callers may try, and who knows the identities that come of it. */
export interface AuthenticationOptions {
  readonly backends: readonly AuthenticationBackend[]
  readonly throttle: Throttle
  readonly identities: Identities
}

/**
 * Asks each backend in turn; the first user found wins, and a veto ends the search. Throws `InvalidCredentials` where
 * no user is found, and `TooManyAttempts` where it was tried too often from the address.
 */
export async function authenticate(
  { backends, throttle, identities }: AuthenticationOptions,
  credentials: Credentials,
  from: LoginOrigin,
): Promise<Identity> {
  // Not charged, because nothing is checked. A directory may take an empty password for an anonymous visit, and say yes.
  if (!areCheckable(credentials)) throw new InvalidCredentials()
  const attempt = { account: credentials.username, address: from.address }
  return throttle.guard(attempt, askAll)

  async function askAll(): Promise<Identity> {
    for (const backend of backends) {
      const answer = await backend.authenticate(credentials, from)
      if (answer === 'veto') break
      if (answer?.isActive) return identities.vouch(answer, backend.name)
    }
    throw new InvalidCredentials()
  }
}

/** Are they credentials at all? A host may hand over what a visitor's JSON holds. */
export function areCheckable(credentials: Credentials): boolean {
  const given: Partial<Record<keyof Credentials, unknown>> = credentials ?? {}
  const { username, password } = given
  return typeof username === 'string' && typeof password === 'string' && isUsable(password)
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
