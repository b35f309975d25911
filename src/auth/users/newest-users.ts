import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import { firstPlace } from '../lists/keyset.ts'
import type { Position } from '../lists/keyset.ts'
import { userFrom, userRowColumns } from './user-row.ts'
import type { UserRow } from './user-row.ts'
import type { User } from './user.ts'

/** The newest users behind the place `$2` and `$3`. */
export const newestUserRows = statement<UserRow>(
  `SELECT ${userRowColumns} FROM "User" WHERE "dateJoined" <= $2 AND ("dateJoined" < $2 OR id < $3)
   ORDER BY "dateJoined" DESC, id DESC LIMIT $1`,
)

/**
 * Up to `take` users behind `after`, the newest first, by a statement of the driver, for which a command need not load
 * Prisma.
 */
export async function newestUsers(
  { statements }: Pick<Database, 'statements'>,
  take: number,
  after: Position | null = null,
): Promise<User[]> {
  const { at, id } = after ?? firstPlace
  return (await statements.all(newestUserRows, [take, at, id])).map((row) => userFrom(row))
}
