import { InvalidCredentials, TooManyAttempts } from '../../refusals.ts'
import type { Expiry } from '../../session/expiry.ts'
import type { AuthEvent } from '../audit/auth-event.ts'
import { authenticate, login as bind, logout as unbind } from './auth.ts'
import type { AuthenticationOptions, Identity } from './auth.ts'
import type { Credentials } from './backend.ts'
import { actedBy, currentUser } from './caller.ts'
import type { Caller } from './caller.ts'
import { isUsable } from '../passwords/password.ts'
import type { User } from '../users/user.ts'

/** For how long a visitor asks to be remembered. */
export interface Remembering {
  /** true: when the browser closes too; false: until it closes; null: as the server has it. */
  readonly rememberMe?: boolean | null | undefined
}

/** Logins and logouts. Each is stored before the audit records it, and before it resolves. */
export interface Logins {
  /**
   * Checks the credentials, and binds the user to the caller's session. Resolves with the user as they are from then on.
   * Throws `InvalidCredentials`, or `TooManyAttempts`, and the audit records that too.
   */
  login(caller: Caller, input: Credentials & Remembering): Promise<User>
  /** The same for an identity that was made before, which it does not check again. */
  loginAs(caller: Caller, identity: Identity, remembering?: Remembering): Promise<User>
  /** Ends the caller's session, and only this one. Harmless for an anonymous visitor. */
  logout(caller: Caller): Promise<void>
}

/** What logins need. */
export interface LoginsOptions extends AuthenticationOptions {
  /** SESSION_REMEMBER_AGE, in seconds. */
  readonly rememberAge: number
  notify(event: AuthEvent): Promise<void>
}

/** Logins by these backends. */
export function createLogins({ backends, throttle, rememberAge, notify }: LoginsOptions): Logins {
  return { login, loginAs, logout }

  async function login(caller: Caller, input: Credentials & Remembering): Promise<User> {
    const { ipAddress } = caller.client
    const identity = await authenticate({ backends, throttle }, input, ipAddress).catch(
      (error: unknown) => tellOfRefusal(caller, input, error),
    )
    return loginAs(caller, identity, input)
  }

  async function loginAs(
    caller: Caller,
    identity: Identity,
    { rememberMe = null }: Remembering = {},
  ): Promise<User> {
    const { session } = caller
    await bind(session, identity, expiryOf(rememberMe))
    await session.commit()
    const subjectId = identity.user.id
    const detail = { backend: identity.backend }
    await notify({ type: 'LOGIN', ...(await actedBy(caller)), subjectId, detail })
    return (await currentUser(caller)) ?? identity.user
  }

  async function logout(caller: Caller): Promise<void> {
    const { session } = caller
    const by = await actedBy(caller)
    unbind(session)
    await session.commit()
    if (by.actorId !== null) await notify({ type: 'LOGOUT', ...by, subjectId: by.actorId })
  }

  function expiryOf(rememberMe: boolean | null): Expiry {
    if (rememberMe === null) return null
    return rememberMe ? rememberAge : 'browser'
  }

  /** Records a refused login, unless nothing was checked, as for an empty password. */
  async function tellOfRefusal(
    caller: Caller,
    { username, password }: Credentials,
    error: unknown,
  ): Promise<never> {
    const isThrottled = error instanceof TooManyAttempts
    if (!isThrottled && !(error instanceof InvalidCredentials)) throw error
    // Looked at in any case: the answer says so (Vary), and must be the same for all that opens nothing.
    const by = await actedBy(caller)
    if (isThrottled || isUsable(password)) {
      const type = isThrottled ? 'LOGIN_THROTTLED' : 'LOGIN_FAILED'
      await notify({ type, ...by, username })
    }
    throw error
  }
}
