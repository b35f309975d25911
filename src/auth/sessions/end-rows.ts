import type { Database } from '../../database/database.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionEndReason } from '../roster/why-ended.ts'

/** Which sessions, as a condition on the roster's rows. */
export type SessionCondition = NonNullable<
  NonNullable<Parameters<Database['session']['findMany']>[0]>['where']
>

/** The sessions that are alive at an instant. */
export function alive(at: Date) {
  return { endedAt: null, expiresAt: { gt: at } }
}

/**
 * Ends the living sessions that `which` names, by one statement, and says which those were. The rows stay, without their
 * data, until they would have expired: they tell why, unless `reason` is null.
 */
export async function endRows(
  db: Pick<Database, 'session'>,
  which: SessionCondition,
  reason: SessionEndReason | null,
  at: Date,
): Promise<SessionId[]> {
  const ended = await db.session.updateManyAndReturn({
    where: { AND: [which, alive(at)] },
    data: { endedAt: at, endReason: reason, data: null },
    select: { id: true },
  })
  return ended.map(({ id }) => id as SessionId)
}
