import type { User } from './user.ts'

/** The columns of a `UserRow`, for a statement that selects or returns a user. */
export const userRowColumns =
  'id, username, email, "isActive", "isStaff", epoch, "dateJoined", "lastLogin"'

/** A user as a prepared statement gives them: truths are 1 or 0, instants milliseconds since 1970. */
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

/** The user of a row. */
export function userFrom(row: UserRow): User {
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
