import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'

/** The last activity of the session behind `$2` others that were last seen before `$1`, from there backward along an index. */
export const idleRows = statement<{ readonly lastSeenAt: number }>(
  `SELECT s."lastSeenAt" FROM "Session" s WHERE s."lastSeenAt" < $1
   ORDER BY s."lastSeenAt" DESC LIMIT 1 OFFSET $2`,
)

/**
 * No more than `most` sessions were last seen between the instant that this gives and `instant`, both left out. Null where
 * no more were last seen before `instant` at all.
 */
export async function idleSince(
  { statements }: Pick<Database, 'statements'>,
  instant: Date,
  most: number,
): Promise<Date | null> {
  const row = await statements.first(idleRows, [instant, most])
  return row && new Date(row.lastSeenAt)
}
