import { RegistrationClosed, UsernameTaken } from '../../refusals.ts'
import type { AuthEvent } from '../audit/auth-event.ts'
import type { Identities } from '../logins/identity.ts'
import type { Caller } from '../logins/caller.ts'
import type { Logins, Remembering } from '../logins/logins.ts'
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
 * Makes the caller an account and signs them in. Throws what `Users.create` throws, `UsernameTaken` for a name that is
 * kept for the operator, `RegistrationClosed`, or `TooManyAttempts`.
 */
export type Register = (caller: Caller, input: NewVisitor) => Promise<User>

/** Where visitors register. */
export interface RegistrationOptions {
  readonly users: Users
  readonly throttle: Throttle
  readonly logins: Logins
  readonly identities: Identities
  /** REGISTRATION. */
  readonly registration: 'open' | 'closed'
  /** ADMIN_USERNAME: kept for the first staff user, whom no visitor may be taken for. */
  readonly reservedUsername: string
  notify(event: AuthEvent): Promise<void>
}

/** The way to an account for visitors. */
export function createRegistration(options: RegistrationOptions): Register {
  const { users, throttle, logins, identities, registration, reservedUsername, notify } = options

  return async (caller, { username, password, email = null, rememberMe }) => {
    if (registration === 'closed') throw new RegistrationClosed()
    const made = await throttle.guardRegistration(caller.client.ipAddress, async () => {
      if (usernameKey(username) === usernameKey(reservedUsername)) throw new UsernameTaken()
      return users.create({ username, password, email })
    })
    // Not `authenticate`: the visitor who has just made the account need not be known to any backend yet, nor be held up
    // by others who tried its name before.
    const identity = identities.vouch(made, 'password')
    const [subjectId, client] = [made.id, caller.client]
    await notify({ type: 'REGISTERED', actorId: subjectId, sessionId: null, subjectId, client })
    return logins.loginAs(caller, identity, { rememberMe })
  }
}
