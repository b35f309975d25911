import { InvalidCredentials } from '../../refusals.ts'
import type { User } from '../users/user.ts'

declare const vouched: unique symbol

/**
 * A user and the backend that vouches for them. Only `authenticate` and `vouch` make one. Only the application that made it
 * accepts it, and only while the user stays active under the same password: a login checks both.
 */
export interface Identity {
  readonly user: User
  /** Kept in the user's session, and in the audit. */
  readonly backend: string
  readonly [vouched]: true
}

/** Makes and recognises the identities of one application. */
export interface Identities {
  /** Throws `InvalidCredentials` for an inactive user, and a TypeError for a malformed backend name. */
  vouch(user: User, backend: string): Identity
  /** Throws a TypeError for an object that `vouch` did not make. */
  assertOurs(identity: Identity): void
}

/** The identities of one application. It does not accept those of another. */
export function createIdentities(): Identities {
  const made = new WeakSet<Identity>()

  return {
    vouch(user, backend) {
      assertBackendName(backend)
      if (!user.isActive) throw new InvalidCredentials()
      // Frozen, so that no caller can put another user into it.
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

/** A session's record and the audit keep it, so it is short, and not secret. */
const backendName = /^[\w.:@/+-]{1,64}$/

/** Throws a TypeError for a name that sessions cannot keep: it has 1 to 64 letters, digits and `_ . : @ / + -`. */
export function assertBackendName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !backendName.test(name))
    throw new TypeError('The name of a backend has 1 to 64 letters, digits and _ . : @ / + - only.')
}
