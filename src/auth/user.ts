import type { Database } from '../database/database.ts'
import { isTaken } from '../database/errors.ts'
import { Refusal } from '../session/refusal.ts'
import { passwordFaults } from './password-rules.ts'
import type { PasswordHasher } from './password.ts'
import { normalizeUsername, usernameKey } from './username.ts'

export { usernameKey } from './username.ts'

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

declare module '../session/data.ts' {
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

/** Somebody has that name already, in this spelling or one that reads the same. */
export class UsernameTaken extends Refusal {
  constructor() {
    super('USERNAME_TAKEN', 'This username is taken.')
  }
}

/** Values that break a rule, each with its path in the input. Nothing was stored. */
export class InvalidInput extends Refusal {
  readonly fields: readonly { path: string[]; message: string }[]

  constructor(fields: readonly { path: string[]; message: string }[]) {
    super(
      'INVALID_INPUT',
      fields.map(({ path, message }) => `${path.join('.')}: ${message}`).join(' '),
    )
    this.fields = fields
  }
}

/** What a new account needs. */
export interface NewUser {
  readonly username: string
  readonly password: string
  readonly email?: string | null
  readonly isStaff?: boolean
}

/** Makes an account. Throws `InvalidInput` naming every broken rule, or `UsernameTaken`. */
export async function createUser(
  db: Database,
  passwords: PasswordHasher,
  input: NewUser,
): Promise<User> {
  const { username, password, email, isStaff } = input
  const { minLength } = passwords
  const faults = [
    ...usernameFaults(username),
    ...asFaults('password', await passwordFaults({ username, password, minLength })),
    ...emailFaults(email),
  ]
  if (faults.length > 0) throw new InvalidInput(faults)
  const passwordHash = await passwords.hash(password)
  return insertUser(db, {
    username,
    email: email ?? null,
    isStaff: isStaff ?? false,
    passwordHash,
  })
}

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

/** Stores a new account. Throws `UsernameTaken`. */
export async function insertUser(db: Database, columns: UserColumns): Promise<User> {
  const { username } = columns
  const data = {
    ...columns,
    username: normalizeUsername(username),
    usernameKey: usernameKey(username),
  }
  try {
    return await db.user.create({ data, select: userColumns })
  } catch (error) {
    // The unique index decides, so that two registrations at once cannot both win.
    if (isTaken(error)) throw new UsernameTaken()
    throw error
  }
}

/** What is wrong with a username. */
export function usernameFaults(username: string): InvalidInput['fields'] {
  const name = normalizeUsername(username)
  const fits = name.length >= 1 && name.length <= 150 && /^[\p{L}\p{M}\p{N}@.+_-]+$/u.test(name)
  return asFaults('username', fits ? [] : ['1 to 150 letters, digits and @ . + - _ only.'])
}

/** What is wrong with an e-mail address. None at all is fine. */
export function emailFaults(email: string | null | undefined): InvalidInput['fields'] {
  // No control characters and no half ones: PostgreSQL fails over them.
  const shape = /^[^\s@\p{Cc}\p{Cs}]+@[^\s@\p{Cc}\p{Cs}]+$/u
  const fits = email == null || (email.length <= 254 && shape.test(email))
  return asFaults('email', fits ? [] : ['Not an e-mail address.'])
}

function asFaults(name: string, messages: readonly string[]) {
  return messages.map((message) => ({ path: [name], message }))
}
