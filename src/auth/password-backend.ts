import type { Database } from '../database/database.ts'
import { isStorable } from '../session/data.ts'
import type { Dependency } from '../session/dependency.ts'
import type { AuthenticationBackend } from './backend.ts'
import type { PasswordHasher } from './password.ts'
import { userColumns, usernameKey } from './user.ts'
import type { User } from './user.ts'

/** What the backends that come with the server work with. */
export interface PasswordBackendOptions {
  readonly db: Database
  readonly passwords: PasswordHasher
  /** The database as what the server depends on: `call(work)` throws `SessionStoreUnavailable` where it is away. */
  readonly database: Dependency
}

/** The columns of a user and the hash that their password is checked against. */
const columns = { ...userColumns, passwordHash: true } as const

/** Checks a username and password against the User table. */
export function createPasswordBackend(options: PasswordBackendOptions): AuthenticationBackend {
  return checkPassword('password', options, (username) =>
    options.db.user.findUnique({ where: { usernameKey: usernameKey(username) }, select: columns }),
  )
}

/**
 * Checks an e-mail address, given as the username, and password. An address that several users have is nobody's: no
 * rule keeps addresses apart, so that nobody can learn by registering who has an account.
 */
export function createEmailBackend(options: PasswordBackendOptions): AuthenticationBackend {
  return checkPassword('email', options, async (address) => {
    const [found, another] = await options.db.user.findMany({
      where: { email: { in: [address, address.toLowerCase()] } },
      select: columns,
      take: 2,
    })
    return found !== undefined && another === undefined ? found : null
  })
}

type Found = (User & { readonly passwordHash: string }) | null

/**
 * An unknown user, a wrong password and an inactive user cost one verification each and read the same (OWASP
 * Authentication Cheat Sheet). A hash with older parameters is replaced, without ending any session.
 */
function checkPassword(
  name: string,
  { db, passwords, database }: PasswordBackendOptions,
  find: (username: string) => Promise<Found>,
): AuthenticationBackend {
  return {
    name,
    async authenticate({ username, password }) {
      const found = isPossible(username) ? await database.call(() => find(username)) : null
      const isRight = await passwords.verify(found?.passwordHash ?? null, password)
      if (found === null || !isRight || !found.isActive) return null
      const { passwordHash, ...user } = found
      if (passwords.needsUpgrade(passwordHash)) {
        const upgraded = await passwords.hash(password)
        // Only over the hash that was verified: a password change meanwhile wins.
        await db.user.updateMany({
          where: { id: user.id, passwordHash },
          data: { passwordHash: upgraded },
        })
      }
      return user
    },
  }
}

/** Can it be anybody's name or address (RFC 5321)? */
function isPossible(username: string): boolean {
  return username.length <= 254 && isStorable(username)
}
