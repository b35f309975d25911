import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { SessionId } from '../key.ts'

/** The last word of a guest (auth/roster/last-words.ts) comes before the end, and is none. It names no user. */
export const writtenEnd = statement<{ readonly id: string }>(
  `SELECT id FROM "Session" WHERE id = $1 AND "endedAt" IS NOT NULL AND "userId" IS NOT NULL`,
)

/** Has the roster ended this session of a user? Then no record of it opens anything, in whichever store it is. */
export async function hasWrittenEnd(
  { statements }: Pick<Database, 'statements'>,
  id: SessionId,
): Promise<boolean> {
  return (await statements.first(writtenEnd, [id])) !== null
}
