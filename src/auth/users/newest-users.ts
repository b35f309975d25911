import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import { userFrom, userRowColumns } from './user-row.ts'
import type { UserRow } from './user-row.ts'
import type { User } from './user.ts'

/** The newest users. */
export const newestUserRows = statement<UserRow>(
  `SELECT ${userRowColumns} FROM "User" ORDER BY "dateJoined" DESC, id DESC LIMIT $1`,
)

/**
 * The users who joined last, and `take` at most, by a statement of the driver: a command need not wait until Prisma has
 * compiled a query.
 */
export async function newestUsers(
  { statements }: Pick<Database, 'statements'>,
  take: number,
): Promise<User[]> {
  return (await statements.all(newestUserRows, [take])).map((row) => userFrom(row))
}
