import type { Database } from '../database/database.ts'
import { Refusal } from '../session/refusal.ts'
import type { PasswordHasher } from './password.ts'

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

/** What makes two usernames the same: NFKC and no case, so that look-alikes cannot be registered (CVE-2019-19844). */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase().normalize('NFKC')
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
  const faults = [
    ...usernameFaults(input.username),
    ...passwordFaults(input),
    ...emailFaults(input.email),
  ]
  if (faults.length > 0) throw new InvalidInput(faults)
  const passwordHash = await passwords.hash(input.password)
  try {
    return await db.user.create({
      data: {
        username: input.username.normalize('NFKC'),
        usernameKey: usernameKey(input.username),
        email: input.email ?? null,
        isStaff: input.isStaff ?? false,
        passwordHash,
      },
      select: userColumns,
    })
  } catch (error) {
    // P2002: the unique index decides, so that two registrations at once cannot both win.
    if (error instanceof Error && 'code' in error && error.code === 'P2002')
      throw new UsernameTaken()
    throw error
  }
}

function usernameFaults(username: string) {
  const name = username.normalize('NFKC')
  const fits = name.length >= 1 && name.length <= 150 && /^[\p{L}\p{M}\p{N}@.+_-]+$/u.test(name)
  return fits ? [] : [fault('username', '1 to 150 letters, digits and @ . + - _ only.')]
}

function passwordFaults({ username, password }: NewUser) {
  if ([...password].length < 8) return [fault('password', 'At least 8 characters.')]
  if (Buffer.byteLength(password) > 1024) return [fault('password', 'At most 1,024 bytes.')]
  if (!password.isWellFormed()) return [fault('password', 'Not well-formed text.')]
  return usernameKey(password) === usernameKey(username)
    ? [fault('password', 'Not the username.')]
    : []
}

function emailFaults(email: string | null | undefined) {
  const fits = email == null || (email.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(email))
  return fits ? [] : [fault('email', 'Not an e-mail address.')]
}

function fault(path: string, message: string) {
  return { path: [path], message }
}
