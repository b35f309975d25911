import { RegistrationClosed, UsernameTaken } from '../../refusals.ts'
import type { AuthEvent } from '../audit/auth-event.ts'
import type { Identities } from '../logins/identity.ts'
import type { Caller } from '../logins/caller.ts'
import type { Logins, Remembering } from '../logins/logins.ts'
import { nameStored } from './name-stored.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { User } from '../users/user.ts'
import { usernameKey } from '../users/username.ts'
import type { Users } from '../users/users.ts'

/** What a visitor gives to have an account. */
export interface NewVisitor extends Remembering {
  readonly username: string
  readonly password: string
  readonly email?: string | null | undefined
}

/**
 * Makes the caller an account and signs them in. Throws what `Users.create` throws, `UsernameTaken` for the operator's
 * reserved name, `RegistrationClosed`, or `TooManyAttempts`. Where it fails once the account is made, the error says so.
 */
export type Register = (caller: Caller, input: NewVisitor) => Promise<User>

/** How visitors register. */
export interface RegistrationOptions {
  readonly users: Users
  readonly throttle: Throttle
  readonly logins: Logins
  readonly identities: Identities
  /** REGISTRATION. */
  readonly registration: 'open' | 'closed'
  /** ADMIN_USERNAME: reserved for the first staff user, so that no visitor can pose as them. */
  readonly reservedUsername: string
  notify(event: AuthEvent): Promise<void>
}

/** Registers visitors. */
export function createRegistration(options: RegistrationOptions): Register {
  const { users, throttle, logins, identities, registration, reservedUsername, notify } = options

  return async (caller, { username, password, email = null, rememberMe }) => {
    if (registration === 'closed') throw new RegistrationClosed()
    const made = await throttle.guardRegistration(caller.client.ipAddress, async () => {
      if (usernameKey(username) === usernameKey(reservedUsername)) throw new UsernameTaken()
      return users.create({ username, password, email })
    })
    // Not `authenticate`: no backend need know the new account yet, and earlier attempts at its name must not delay its
    // owner.
    const identity = identities.vouch(made, 'password')
    const [subjectId, client] = [made.id, caller.client]
    await notify({ type: 'REGISTERED', actorId: subjectId, sessionId: null, subjectId, client })
    try {
      return await logins.loginAs(caller, identity, { rememberMe })
    } catch (error) {
      throw nameStored(error, 'The account is stored: sign in.')
    }
  }
}
