import type { Database } from '../../database/database.ts'
import { isTaken } from '../../database/errors.ts'
import { statement } from '../../database/statements.ts'
import { createUuids } from '../../database/uuid.ts'
import { passwordFaults } from './password-rules.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import { userFrom, userOfAddress, userOfName, userRowColumns } from './user-row.ts'
import type { UserRow } from './user-row.ts'
import { emailFaults, usernameFaults } from './user.ts'
import type { User } from './user.ts'
import { addressKey, normalizeUsername, trimName, usernameKey } from './username.ts'
import { AddressTaken, InvalidInput, UsernameTaken } from '../../refusals.ts'

/** The rules for accounts on this server. */
export interface AccountRules {
  /** Do users sign in by their e-mail address (the `email` backend)? Then only one account may have it. */
  readonly emailIsName: boolean
}

/** A new account. */
export interface NewUser {
  readonly username: string
  /** Null: the user cannot sign in with a password, but a custom backend may let them in. */
  readonly password: string | null
  readonly email?: string | null
  readonly isStaff?: boolean
}

/** Makes an account. Throws `InvalidInput` naming every broken rule, `AddressTaken`, or `UsernameTaken`. */
export async function createUser(
  db: Database,
  passwords: PasswordHasher,
  input: NewUser,
  rules: AccountRules = { emailIsName: false },
): Promise<User> {
  const { username, password, email = null, isStaff = false } = input
  const { minLength } = passwords
  const faults = [
    ...usernameFaults(username),
    ...(password === null ? [] : await passwordFaults({ username, password, minLength })).map(
      (fault) => ({ path: ['password'], ...fault }),
    ),
    ...emailFaults(email),
  ]
  if (faults.length > 0) throw new InvalidInput(faults)
  const passwordHash = password === null ? unusable : await passwords.hash(password)
  return insertUser(db, { username, email, isStaff, passwordHash }, rules)
}

/** Django's mark for an account without a password. It is no hash: no password matches it. */
export const unusable = '!'

/** An account that keeps every rule, with the hash of its password. */
export interface UserColumns {
  readonly username: string
  readonly email: string | null
  readonly isStaff: boolean
  readonly passwordHash: string
  readonly isActive?: boolean
  readonly dateJoined?: Date
  readonly lastLogin?: Date | null
}

const insert = statement<UserRow>(
  `INSERT INTO "User" (id, username, "usernameKey", email, "emailKey", "passwordHash", "isActive", "isStaff", "dateJoined",
     "lastLogin")
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${userRowColumns}`,
)

/**
 * Stores a new account, which holds its address unless another does. Throws `UsernameTaken`, and `AddressTaken` where users
 * sign in by their addresses. The unique indexes decide, so that only one of two registrations at once wins.
 */
export async function insertUser(
  db: Database,
  columns: UserColumns,
  { emailIsName }: AccountRules = { emailIsName: false },
): Promise<User> {
  const {
    passwordHash,
    isStaff,
    isActive = true,
    dateJoined = new Date(),
    lastLogin = null,
  } = columns
  const { first, write } = db.statements
  const email = columns.email === null ? null : trimName(columns.email)
  const username = normalizeUsername(columns.username)
  const nameKey = usernameKey(username)
  let emailKey = email && addressKey(email)
  const isHeld = async () => emailKey !== null && (await first(userOfAddress, [emailKey])) !== null
  for (let round = 0; ; round++) {
    if (!emailIsName && (await isHeld())) emailKey = null
    const names = [username, nameKey, email, emailKey]
    const values = [newId(), ...names, passwordHash, isActive, isStaff, dateJoined, lastLogin]
    try {
      const [row = null] = (await write(insert, values)).rows
      if (row === null)
        throw new Error('The database returned nothing for the user that it stored.')
      return userFrom(row)
    } catch (error) {
      if (!isTaken(error) || round === mostRounds) throw error
      if ((await first(userOfName, [nameKey])) !== null) throw new UsernameTaken()
      if (emailIsName && (await isHeld())) throw new AddressTaken()
    }
  }
}

/** How often it tries to insert: the account that had the name may be gone when this looks for it. */
const mostRounds = 3

function newId(): string {
  return createUuids()()
}
