import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'

/** How many sessions were last seen before `$1`, counted along the index of that column, and up to `$2`. */
export const idleRows = statement<{ readonly count: number }>(
  `SELECT CAST(count(*) AS INTEGER) AS "count"
   FROM (SELECT 1 FROM "Session" s WHERE s."lastSeenAt" < $1 ORDER BY s."lastSeenAt" LIMIT $2) AS idle`,
)

/** Were no more than `most` sessions last seen before `instant`? */
export async function areFewIdle(
  { statements }: Pick<Database, 'statements'>,
  instant: Date,
  most: number,
): Promise<boolean> {
  const row = await statements.first(idleRows, [instant, most + 1])
  return row !== null && row.count <= most
}
