import { InvalidCredentials } from '../../refusals.ts'
import type { User } from '../users/user.ts'

declare const vouched: unique symbol

/**
 * A user and the backend that vouches for them. Only `authenticate` and `vouch` make one. It is good for logins to the
 * application that made it, for as long as the user stays active under the same password: a login looks again.
 */
export interface Identity {
  readonly user: User
  /** Kept in the user's session, and in the audit. */
  readonly backend: string
  readonly [vouched]: true
}

/** Makes the identities of one application, and knows them again. */
export interface Identities {
  /** Throws `InvalidCredentials` for a user who is not active, and a TypeError for what cannot be a backend's name. */
  vouch(user: User, backend: string): Identity
  /** Throws a TypeError for an object that was not made here, whatever it looks like. */
  assertOurs(identity: Identity): void
}

/** The identities of one application: those of another are strangers to it. */
export function createIdentities(): Identities {
  const made = new WeakSet<Identity>()

  return {
    vouch(user, backend) {
      assertBackendName(backend)
      if (!user.isActive) throw new InvalidCredentials()
      // Frozen, so that no caller makes another user of it afterwards.
      const identity = Object.freeze({ user: Object.freeze({ ...user }), backend }) as Identity
      made.add(identity)
      return identity
    },

    assertOurs(identity) {
      if (!made.has(identity))
        throw new TypeError(
          'Not an identity: authenticate and vouch of this application make them.',
        )
    },
  }
}

/** A session's record and the audit keep it, so it is short, and no secret. */
const backendName = /^[\w.:@/+-]{1,64}$/

/** Throws a TypeError for a name that sessions cannot keep: it has 1 to 64 letters, digits and `_ . : @ / + -`. */
export function assertBackendName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !backendName.test(name))
    throw new TypeError('The name of a backend has 1 to 64 letters, digits and _ . : @ / + - only.')
}
