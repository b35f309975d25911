import { run, statement } from '../../database/statements.ts'
import type { Statement, Work } from '../../database/statements.ts'
import type { Enrolment, RowClocks } from '../../session/roster.ts'
import { leaveOfPrevious } from './last-words.ts'

const owned = `WHERE id = $1 AND "userId" = $2 AND "endedAt" IS NULL`
/** Deletes the row `$1` of the user `$2` where it has not ended and holds no record, and says its clocks. */
export const remove = statement<RowClocks>(
  `DELETE FROM "Session" ${owned} AND data IS NULL RETURNING "lastSeenAt", "expiresAt", "absoluteExpiresAt"`,
)

/** Takes the row `$1` from the user `$2`, and keeps the record in it, where it has not ended. */
export const disown = statement(`UPDATE "Session" SET "userId" = NULL ${owned}`)

/**
 * Lets go of the row of the session before, by the first statement that applies. Gives the clocks of a row that it has
 * removed, null where it has removed none, and 'over' where the session was over already.
 */
export function* letGo(
  { previous }: Pick<Enrolment, 'previous'>,
  ways: readonly Statement<RowClocks>[],
): Work<RowClocks | 'over' | null> {
  if (!previous?.auth) return null
  const old = [previous.id, previous.auth.userId]
  yield* run(leaveOfPrevious, [previous.id])
  for (const way of ways) {
    const { count, rows } = yield* run<RowClocks>(way, old)
    if (count > 0) return rows[0] ?? null
  }
  return 'over'
}
