import type { Database } from '../database/database.ts'
import type { AuthenticationBackend } from './backend.ts'
import type { PasswordHasher } from './password.ts'
import { reportOutage } from '../session/outage.ts'
import { userColumns, usernameKey } from './user.ts'

/**
 * Checks a username and password against the User table. An unknown user, a wrong password and an inactive user cost
 * one verification each and read the same (OWASP Authentication Cheat Sheet). A hash with older parameters is replaced,
 * without ending any session. Throws `SessionStoreUnavailable` where the database does not answer within `timeout`
 * milliseconds.
 */
export function createPasswordBackend(
  db: Database,
  passwords: PasswordHasher,
  timeout: number,
): AuthenticationBackend {
  return {
    name: 'password',
    async authenticate({ username, password }) {
      const key = isPossible(username) ? usernameKey(username) : null
      const found = key === null ? null : await reportOutage(() => find(key), timeout)
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

  function find(key: string) {
    const select = { ...userColumns, passwordHash: true } as const
    return db.user.findUnique({ where: { usernameKey: key }, select })
  }
}

/** PostgreSQL fails over a NUL, and nobody is called so. */
function isPossible(username: string): boolean {
  return username.length <= 150 && username.isWellFormed() && !username.includes('\0')
}
