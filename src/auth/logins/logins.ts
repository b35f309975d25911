import { InvalidCredentials, TooManyAttempts } from '../../refusals.ts'
import type { Expiry } from '../../session/record/expiry.ts'
import type { Session } from '../../session/session.ts'
import type { ActedBy, AuthEvent, LoginFailure } from '../audit/auth-event.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { User } from '../users/user.ts'
import { userNamed } from '../users/users.ts'
import type { UserName, Users } from '../users/users.ts'
import { areCheckable } from './backend.ts'
import type { AuthenticationBackend, Credentials, LoginOrigin } from './backend.ts'
import { actedBy, currentUser } from './caller.ts'
import type { Caller } from './caller.ts'
import { assertBackendName } from './identity.ts'
import type { Identities, Identity } from './identity.ts'
import { createLogout } from './logout.ts'
import type { Logout } from './logout.ts'

/** For how long a visitor asks to be remembered. */
export interface Remembering {
  /** true: beyond the browser's close; false: until then; null: by the operator's policy. */
  readonly rememberMe?: boolean | null | undefined
}

/** Which users a login is for. */
export interface Audience {
  /**
   * Refuses all users but staff, in the same way as a wrong password, so that no caller learns that it was right. The session
   * is as long as `staffExpiry` says, whatever the caller asks for.
   */
  readonly staffOnly?: boolean
}

/** Logins and logouts. Each is stored before the audit records it, and before it resolves. */
export interface Logins {
  /**
   * Checks the credentials, and binds the user to the caller's session. Resolves with the user, whose `lastLogin` is new.
   * Throws `InvalidCredentials`, or `TooManyAttempts`; the audit records those too.
   */
  login(caller: Caller, input: Credentials & Remembering & Audience): Promise<User>
  /**
   * Binds the user of an identity to the caller's session. Throws `InvalidCredentials` where its user may no longer sign in,
   * or has another password by now, and a TypeError for an object that neither `authenticate` nor `vouch` made.
   */
  loginAs(caller: Caller, identity: Identity, remembering?: Remembering): Promise<User>
  /** Checks credentials, and signs no visitor in. Throws like `login`, and the audit records what it refuses. */
  authenticate(credentials: Credentials, from: LoginOrigin, by: ActedBy): Promise<Identity>
  /**
   * An identity for a user whom the calling code has identified itself, by the way it names as `backend`. Throws
   * `InvalidCredentials` for an unknown or an inactive user, and a TypeError where an argument names no user or no backend.
   */
  vouch(user: UserName | string, backend: string): Promise<Identity>
  readonly logout: Logout
}

/** The backends that check credentials, the throttle, and the identities of the application. */
export interface AuthenticationOptions {
  readonly backends: readonly AuthenticationBackend[]
  readonly throttle: Throttle
  readonly identities: Identities
}

/** What logins need. */
export interface LoginsOptions extends AuthenticationOptions {
  readonly users: Pick<Users, 'find'>
  /** SESSION_REMEMBER_AGE, in seconds. */
  readonly rememberAge: number
  /** The expiry that a login for staff alone asks for. */
  readonly staffExpiry: Expiry
  notify(event: AuthEvent): Promise<void>
  /** Counts what is refused without an event of the audit: an empty password, or one that is too long. */
  readonly counts?: { refused(): void }
}

/** Logins by these backends. */
export function createLogins(options: LoginsOptions): Logins {
  const { users, identities, rememberAge, staffExpiry, notify, counts } = options
  return {
    login,
    loginAs,
    authenticate: (credentials, from, by) => check(credentials, from, async () => by),
    vouch,
    logout: createLogout(notify),
  }

  async function login(caller: Caller, input: Credentials & Remembering & Audience): Promise<User> {
    const { client, exchange } = caller
    const from = { address: client.ipAddress, request: exchange?.request ?? null }
    const identity = await check(input, from, () => actedBy(caller), input)
    return enter(caller, identity, input.staffOnly ? staffExpiry : expiryOf(input))
  }

  async function loginAs(
    caller: Caller,
    identity: Identity,
    remembering: Remembering = {},
  ): Promise<User> {
    identities.assertOurs(identity)
    return enter(caller, identity, expiryOf(remembering))
  }

  async function enter(caller: Caller, identity: Identity, expiry: Expiry): Promise<User> {
    const { session } = caller
    await bind(session, identity, expiry)
    await session.commit()
    const subjectId = identity.user.id
    const detail = { backend: identity.backend }
    await notify({ type: 'LOGIN', ...(await actedBy(caller)), subjectId, detail })
    return (await currentUser(caller)) ?? identity.user
  }

  async function vouch(name: UserName | string, backend: string): Promise<Identity> {
    assertBackendName(backend)
    const user = await users.find(userNamed(name))
    if (user === null) throw new InvalidCredentials()
    return identities.vouch(user, backend)
  }

  function expiryOf({ rememberMe = null }: Remembering): Expiry {
    if (rememberMe === null) return null
    return rememberMe ? rememberAge : 'browser'
  }

  /** Calls `by`, which reads the caller's session, only to refuse the credentials. */
  async function check(
    credentials: Credentials,
    from: LoginOrigin,
    by: () => Promise<ActedBy>,
    audience: Audience = {},
  ): Promise<Identity> {
    let reason: LoginFailure = 'WRONG_CREDENTIALS'
    try {
      return await authenticate(options, credentials, from, audience, (why) => (reason = why))
    } catch (error) {
      const isThrottled = error instanceof TooManyAttempts
      if (!isThrottled && !(error instanceof InvalidCredentials)) throw error
      // Reads the session in every case: `Vary` shows whether it was read, and must not tell one refusal from another.
      const circumstances = await by()
      if (isThrottled || areCheckable(credentials)) {
        const { username } = credentials
        const about = { ...circumstances, username }
        if (isThrottled) await notify({ type: 'LOGIN_THROTTLED', ...about })
        else await notify({ type: 'LOGIN_FAILED', ...about, detail: { reason } })
      } else counts?.refused()
      throw error
    }
  }
}

/**
 * Asks each backend in turn: the first user wins, and a veto ends the search. Throws `InvalidCredentials` where no backend
 * gives a user, and `TooManyAttempts` where there were too many attempts from the address. Calls `onFailure` with the reason,
 * which no error says.
 *
 * A login for staff alone treats any other user like a wrong password. It asks the remaining backends too, and the throttle
 * counts: neither the answer, nor its time, nor the next delay tells a caller that they have found a password.
 */
export async function authenticate(
  { backends, throttle, identities }: AuthenticationOptions,
  credentials: Credentials,
  from: LoginOrigin,
  { staffOnly = false }: Audience = {},
  onFailure: (why: LoginFailure) => void = () => {},
): Promise<Identity> {
  // Not charged to the throttle, because no backend is asked. A directory may take an empty password for an anonymous bind,
  // and accept it, so no backend gets one.
  if (!areCheckable(credentials)) throw new InvalidCredentials()
  const attempt = { account: credentials.username, address: from.address }
  return throttle.guard(attempt, askAll)

  async function askAll(): Promise<Identity> {
    for (const backend of backends) {
      const answer = await backend.authenticate(credentials, from)
      if (answer === null) continue
      if (answer !== 'veto' && answer.isActive && (answer.isStaff || !staffOnly))
        return identities.vouch(answer, backend.name)
      onFailure(answer === 'veto' ? 'VETOED' : answer.isActive ? 'NOT_STAFF' : 'INACTIVE')
      if (answer === 'veto') break
    }
    throw new InvalidCredentials()
  }
}

/**
 * Binds the identity's user to the session, always under a new key (OWASP, against fixation). A guest's values stay, except
 * where the rule of a name says otherwise. Where the same user signs in again, everything stays. A different user starts
 * empty.
 */
export async function bind(session: Session, identity: Identity, expiry: Expiry): Promise<void> {
  const current = await session.auth()
  if (current !== null && current.userId !== identity.user.id) session.flush()
  const { id: userId, epoch } = identity.user
  session.bind({ userId, epoch, backend: identity.backend }, expiry, identity.user)
}
