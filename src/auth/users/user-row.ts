import { statement } from '../../database/statements.ts'
import type { User } from './user.ts'

/** The columns of a `UserRow`, for a statement that selects or returns a user. */
export const userRowColumns =
  'id, username, email, "isActive", "isStaff", epoch, "dateJoined", "lastLogin"'

/** A user from a prepared statement: booleans are 1 or 0, instants are milliseconds since 1970. */
export interface UserRow {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly isActive: number
  readonly isStaff: number
  readonly epoch: number
  readonly dateJoined: number
  readonly lastLogin: number | null
}

const find = `SELECT ${userRowColumns} FROM "User"`

/** The user of the id `$1`. */
export const userOfId = statement<UserRow>(`${find} WHERE id = $1`)

/** The user of the name `$1`, in the form in which names are compared. */
export const userOfName = statement<UserRow>(`${find} WHERE "usernameKey" = $1`)

/** The user who holds the address `$1`, in the form in which addresses are compared. */
export const userOfAddress = statement<UserRow>(`${find} WHERE "emailKey" = $1`)

/** The user of a row; null where there is no row. */
export function userFrom(row: UserRow): User
export function userFrom(row: UserRow | null): User | null
export function userFrom(row: UserRow | null): User | null {
  if (row === null) return null
  const { id, username, email, isActive, isStaff, epoch, dateJoined, lastLogin } = row
  return {
    id,
    username,
    email,
    isActive: isActive === 1,
    isStaff: isStaff === 1,
    epoch,
    dateJoined: new Date(dateJoined),
    lastLogin: lastLogin === null ? null : new Date(lastLogin),
  }
}
