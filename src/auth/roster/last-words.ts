import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionRecord } from '../../session/record.ts'
import type { SessionEndReason } from './why-ended.ts'
import { clocksOf } from './roster-row.ts'

/**
 * A last word is the row of a session that has ended and would have none: it holds the reason and the clocks, and is
 * cleared when the session would have expired. Without it no process could tell a logout from a record that was lost.
 */
const insert = (row: string) =>
  statement(
    `INSERT INTO "Session" (id, "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt", "endedAt", "endReason")
     ${row} ON CONFLICT (id) DO NOTHING`,
  )

const leave = insert('VALUES ($1, $2, $3, $4, $5, $6, $7)')

/**
 * The last word of the session that the session `$1` has replaced. To be left before the row of `$1` goes, in a further
 * change of key: that row alone says so.
 */
export const leaveOfPrevious = insert(
  `SELECT s."previousId", s."createdAt", s."lastSeenAt", s."expiresAt", s."absoluteExpiresAt", s."previousAt", 'REPLACED'
   FROM "Session" s WHERE s.id = $1 AND s."previousId" IS NOT NULL`,
)

/** The statements of last words, for the doubles of the tests. */
export const lastWordStatements = { leave, leaveOfPrevious }

/** Leaves the last word of the session `id`, whose record was `record`. `now` is in milliseconds. A row that is there stays as it is. */
export async function leaveLastWord(
  { statements }: Pick<Database, 'statements'>,
  { id, record }: { readonly id: SessionId; readonly record: SessionRecord },
  reason: SessionEndReason,
  now: number,
): Promise<void> {
  const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = clocksOf(record)
  const clocks = [createdAt, lastSeenAt, expiresAt, absoluteExpiresAt]
  await statements.write(leave, [id, ...clocks, new Date(now), reason])
}
