import type { Database } from '../../database/database.ts'
import { isTaken } from '../../database/errors.ts'
import { statement } from '../../database/statements.ts'
import { createUuids } from '../../database/uuid.ts'
import { passwordFaults } from '../passwords/password-rules.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import { userFrom, userOfAddress, userOfName, userRowColumns } from './user-row.ts'
import type { UserRow } from './user-row.ts'
import { addressKey, normalizeUsername, trimName, usernameKey } from './username.ts'
import { AddressTaken, InvalidInput, UsernameTaken } from '../../refusals.ts'

/** A user, without the password hash: what may leave this room. */
export interface User {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly epoch: number
  readonly dateJoined: Date
  readonly lastLogin: Date | null
}

declare module '../../session/data.ts' {
  // A rule for guests who sign in sees the whole user.
  interface SessionUser extends User {}
}

/** The columns of a `User`, for every query that reads one. */
export const userColumns = {
  id: true,
  username: true,
  email: true,
  isActive: true,
  isStaff: true,
  epoch: true,
  dateJoined: true,
  lastLogin: true,
} as const

/** What holds for accounts on this server. */
export interface AccountRules {
  /** Is an e-mail address a name to sign in by (the `email` backend), and so one account's? */
  readonly emailIsName: boolean
}

/** What a new account needs. */
export interface NewUser {
  readonly username: string
  /** Null: the user cannot sign in with a password. A backend of your own may let them in. */
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
 * Stores a new account, which holds its address where no other does. Throws `UsernameTaken`, and `AddressTaken` where
 * addresses are names. The unique indexes decide, so that of two registrations at once only one wins.
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
      if (row === null) throw new Error('The database gave nothing of the user that it stored.')
      return userFrom(row)
    } catch (error) {
      if (!isTaken(error) || round === mostRounds) throw error
      if ((await first(userOfName, [nameKey])) !== null) throw new UsernameTaken()
      if (emailIsName && (await isHeld())) throw new AddressTaken()
    }
  }
}

/** What made the names taken may be gone by the time that it is looked for. */
const mostRounds = 3

function newId(): string {
  return createUuids()()
}

/**
 * Makes a user staff, or staff no longer; null where there is no such user. It holds from the next request on: no session
 * remembers who was staff.
 */
export async function setUserStaff(
  db: Database,
  id: string,
  isStaff: boolean,
): Promise<User | null> {
  await db.user.updateMany({ where: { id }, data: { isStaff } })
  return db.user.findUnique({ where: { id }, select: userColumns })
}

/** The longest username, in UTF-16 units: Django's. */
const longestUsername = 150

/** The longest e-mail address (RFC 5321). */
const longestEmail = 254

/** What is wrong with a username. */
export function usernameFaults(username: string): InvalidInput['fields'] {
  const name = normalizeUsername(username)
  const bounds = { min: 1, max: longestUsername }
  const fault = { path: ['username'], message: '1 to 150 letters, digits and @ . + - _ only.' }
  if (name === '') return [{ ...fault, code: 'TOO_SHORT', ...bounds }]
  if (name.length > longestUsername) return [{ ...fault, code: 'TOO_LONG', ...bounds }]
  // Some letters and marks have no shape (fillers, variation selectors): with them two names would look alike.
  const isSeen =
    /^[\p{L}\p{M}\p{N}@.+_-]+$/u.test(name) && !/\p{Default_Ignorable_Code_Point}/u.test(name)
  return isSeen ? [] : [{ ...fault, code: 'INVALID_FORMAT', ...bounds }]
}

/** What is wrong with an e-mail address. None at all is fine. */
export function emailFaults(email: string | null | undefined): InvalidInput['fields'] {
  if (email == null) return []
  const fault = { path: ['email'], message: 'Not an e-mail address.' }
  const address = trimName(email)
  if (address.length > longestEmail) return [{ ...fault, code: 'TOO_LONG', max: longestEmail }]
  // No control characters and no half ones: PostgreSQL fails over them. None that is not seen: two addresses would look alike.
  const shape = /^[^\s@\p{Cc}\p{Cf}\p{Cs}]+@[^\s@\p{Cc}\p{Cf}\p{Cs}]+$/u
  const isSeen = shape.test(address) && !/\p{Default_Ignorable_Code_Point}/u.test(address)
  return isSeen ? [] : [{ ...fault, code: 'INVALID_FORMAT' }]
}
