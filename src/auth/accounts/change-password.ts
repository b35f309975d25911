import type { Database } from '../../database/database.ts'
import type { AuthEvent } from '../audit/auth-event.ts'
import { actedBy, signedIn } from '../logins/caller.ts'
import type { Caller } from '../logins/caller.ts'
import { endOutdated } from '../sessions/ending.ts'
import type { EndingContext } from '../sessions/ending.ts'
import { nameStored } from './name-stored.ts'
import { replaceOwnPassword } from './replace-password.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import type { PatienceFor } from '../sessions/patience.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { User } from '../users/user.ts'

/** What a change of password came to. */
export interface PasswordChanged {
  readonly user: User
  /** How many sessions it ended. */
  readonly revokedCount: number
}

/** What a user gives to change their password. */
export interface PasswordInput {
  readonly currentPassword: string
  readonly newPassword: string
}

/**
 * Changes the caller's own password, and ends every other session of theirs. Throws `InvalidCredentials` for a wrong
 * current password, `InvalidInput`, `TooManyAttempts`, or `SessionInterrupted` where the caller's session is over. Where it fails
 * once the new password is stored, the error says so.
 */
export type ChangePassword = (caller: Caller, input: PasswordInput) => Promise<PasswordChanged>

/** What a change of password needs. */
export interface PasswordChangeOptions {
  readonly db: Database
  readonly hasher: PasswordHasher
  readonly throttle: Throttle
  readonly ending: EndingContext
  readonly patienceFor: PatienceFor
  /** Milliseconds since 1970. */
  readonly now: () => number
  notify(event: AuthEvent): Promise<void>
}

/** Changes passwords in the User table. */
export function createPasswordChange(options: PasswordChangeOptions): ChangePassword {
  const { db, hasher, throttle, ending, patienceFor, now, notify } = options

  return async (caller, input) => {
    const { session, client } = caller
    const { user, auth, id: keep } = await signedIn(caller)
    // At a browser that a user has left signed in, an attacker must not try passwords faster than at the login.
    const attempt = { account: user.username, address: client.ipAddress }
    let isStored = false
    const replace = async () => {
      const epoch = await replaceOwnPassword(db, hasher, { ...input, user, keep, now: now() })
      isStored = true
      return epoch
    }
    const change = async () => {
      const epoch = await throttle.guard(attempt, replace)
      const changed = { id: user.id, epoch }
      const patience = patienceFor({ client })
      // The other sessions end first. Until the new key is on its way, the caller's tabs go on under the old one.
      const count = await endOutdated(ending, changed, 'PASSWORD_CHANGED', patience)
      session.rebind({ ...auth, epoch })
      await session.commit()
      return count
    }
    const event = { type: 'PASSWORD_CHANGED', subjectId: user.id } as const
    const revokedCount = await change().catch(async (error: unknown) => {
      if (!isStored) throw error
      await notify({ ...event, actorId: user.id, sessionId: keep, client })
      throw nameStored(error, 'The new password is stored.')
    })
    await notify({ ...event, ...(await actedBy(caller)) })
    return { user, revokedCount }
  }
}
