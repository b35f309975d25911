import type { Database } from '../../database/database.ts'
import { normalizeUsername, trimName } from './username.ts'
import type { InvalidInput } from '../../refusals.ts'

/** A user, without the password hash, which never leaves this room. */
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

declare module '../../session/record/data.ts' {
  // The rule of a name for guests who sign in gets the whole user.
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

/**
 * Makes a user staff, or takes that from them; null where there is no such user. It takes effect at the next request, because
 * no session keeps who is staff.
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
  // Fillers and variation selectors are invisible: with them two names would look alike.
  const isSeen =
    /^[\p{L}\p{M}\p{N}@.+_-]+$/u.test(name) && !/\p{Default_Ignorable_Code_Point}/u.test(name)
  return isSeen ? [] : [{ ...fault, code: 'INVALID_FORMAT', ...bounds }]
}

/** What is wrong with an e-mail address. A user may have none. */
export function emailFaults(email: string | null | undefined): InvalidInput['fields'] {
  if (email == null) return []
  const fault = { path: ['email'], message: 'Not an e-mail address.' }
  const address = trimName(email)
  if (address.length > longestEmail) return [{ ...fault, code: 'TOO_LONG', max: longestEmail }]
  // No control characters or lone surrogates, over which PostgreSQL fails. No invisible characters: two addresses would look
  // alike.
  const shape = /^[^\s@\p{Cc}\p{Cf}\p{Cs}]+@[^\s@\p{Cc}\p{Cf}\p{Cs}]+$/u
  const isSeen = shape.test(address) && !/\p{Default_Ignorable_Code_Point}/u.test(address)
  return isSeen ? [] : [{ ...fault, code: 'INVALID_FORMAT' }]
}
