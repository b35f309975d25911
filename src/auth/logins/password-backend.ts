import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import type { Soon } from '../../waiting/soon.ts'
import type { AuthenticationBackend } from './backend.ts'
import { fitsColumn, longestName } from '../lists/column-text.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import { userFrom, userRowColumns } from '../users/user-row.ts'
import type { UserRow } from '../users/user-row.ts'
import { addressKey, trimName, usernameKey } from '../users/username.ts'

/** What the built-in backends need. */
export interface PasswordBackendOptions {
  readonly db: Database
  readonly passwords: PasswordHasher
  /** The database as a dependency: `call(work)` throws `SessionStoreUnavailable` where it is down. */
  readonly database: Dependency
}

/** A user and the hash that their password is checked against. */
interface FoundUser extends UserRow {
  readonly passwordHash: string
}

const find = `SELECT ${userRowColumns}, "passwordHash" FROM "User"`

/** The user of the name or address `$1`. */
export const holders = {
  ofName: statement<FoundUser>(`${find} WHERE "usernameKey" = $1`),
  ofAddress: statement<FoundUser>(`${find} WHERE "emailKey" = $1`),
}

const upgrade = statement(
  `UPDATE "User" SET "passwordHash" = $3 WHERE id = $1 AND "passwordHash" = $2`,
)

/** Checks a username and password against the User table. */
export function createPasswordBackend(options: PasswordBackendOptions): AuthenticationBackend {
  const { first } = options.db.statements
  return checkPassword('password', options, (username) =>
    first(holders.ofName, [usernameKey(username)]),
  )
}

/**
 * Checks an e-mail address, given as the username, and a password. The address belongs to the account that holds it: the
 * oldest that has it.
 */
export function createEmailBackend(options: PasswordBackendOptions): AuthenticationBackend {
  const { first } = options.db.statements
  return checkPassword('email', options, (address) =>
    first(holders.ofAddress, [addressKey(address)]),
  )
}

/**
 * An unknown user, a wrong password and an inactive user cost one verification each and get the same answer (OWASP
 * Authentication Cheat Sheet). It replaces a hash that has older parameters, and ends no session by that.
 */
function checkPassword(
  name: string,
  { db, passwords, database }: PasswordBackendOptions,
  find: (username: string) => Soon<FoundUser | null>,
): AuthenticationBackend {
  return {
    name,
    async authenticate({ username, password }) {
      const name = trimName(username)
      const found = fitsColumn(name, longestName) ? await database.call(() => find(name)) : null
      const isRight = await passwords.verify(found?.passwordHash ?? null, password)
      if (found === null || !isRight) return null
      const user = userFrom(found)
      const { passwordHash } = found
      if (user.isActive && passwords.needsUpgrade(passwordHash)) {
        const upgraded = await passwords.hash(password)
        // Replaces only the hash that was verified, so that a change of password meanwhile wins.
        await db.statements.write(upgrade, [user.id, passwordHash, upgraded])
      }
      return user
    },
  }
}
