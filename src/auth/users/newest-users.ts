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
 * The users who joined last, behind `after` and `take` at most, by a statement of the driver: a command need not wait until Prisma has
 * compiled a query.
 */
export async function newestUsers(
  { statements }: Pick<Database, 'statements'>,
  take: number,
  after: Position | null = null,
): Promise<User[]> {
  const { at, id } = after ?? firstPlace
  return (await statements.all(newestUserRows, [take, at, id])).map((row) => userFrom(row))
}
