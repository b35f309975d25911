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

/** What the backends that come with the server work with. */
export interface PasswordBackendOptions {
  readonly db: Database
  readonly passwords: PasswordHasher
  /** The database as what the server depends on: `call(work)` throws `SessionStoreUnavailable` where it is away. */
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
 * Checks an e-mail address, given as the username, and password. The address is that of the account that holds it: the
 * oldest that has it, whatever others say theirs is.
 */
export function createEmailBackend(options: PasswordBackendOptions): AuthenticationBackend {
  const { first } = options.db.statements
  return checkPassword('email', options, (address) =>
    first(holders.ofAddress, [addressKey(address)]),
  )
}

/**
 * An unknown user, a wrong password and an inactive user cost one verification each and read the same (OWASP
 * Authentication Cheat Sheet). A hash with older parameters is replaced, without ending any session.
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
        // Only over the hash that was verified: a password change meanwhile wins.
        await db.statements.write(upgrade, [user.id, passwordHash, upgraded])
      }
      return user
    },
  }
}
