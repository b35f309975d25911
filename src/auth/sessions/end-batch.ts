import type { Database } from '../../database/database.ts'
import type { SessionId } from '../../session/key.ts'
import { newest, within } from '../lists/keyset.ts'
import type { Position } from '../lists/keyset.ts'
import type { SessionEndReason } from '../roster/why-ended.ts'
import { placesOf } from './selection.ts'
import type { SessionCondition } from './session-filter.ts'

/** Which sessions one statement ends. */
export interface Batch {
  /** Further conditions of the statement. */
  readonly conditions: readonly SessionCondition[]
  /** Its last session; null where the batch has all that are left. */
  readonly last: Position | null
}

/** Where a batch begins, and how large it is. */
export interface BatchOptions {
  /** The last session of the batch before. */
  readonly after: Position | null
  readonly rows: number
  /** How many are left, as far as it is known. */
  readonly left: number
}

/**
 * The next batch of the sessions that `which` matches, named by its first and last: a list of ids would cost more than the
 * end itself.
 */
export async function nextBatch(
  db: Pick<Database, 'session'>,
  which: SessionCondition,
  { after, rows, left }: BatchOptions,
): Promise<Batch> {
  const from = (before: Position | null) =>
    within({ after, before }, (createdAt) => ({ createdAt }))
  if (left < rows) return { conditions: from(null), last: null }
  const [last, beyond] = await placesOf(db, [which])({ ...newest(2), after }, rows - 1)
  return { conditions: from(beyond ?? null), last: last ?? null }
}

/**
 * Ends the sessions that `which` names, none of which has ended, by one statement, and returns their ids. The rows stay, without data, until
 * they would have expired, for the reason of the end, which is unknown where `reason` is null.
 */
export async function endRows(
  db: Pick<Database, 'session'>,
  which: SessionCondition,
  reason: SessionEndReason | null,
  at: Date,
): Promise<SessionId[]> {
  const ended = await db.session.updateManyAndReturn({
    where: which,
    data: { endedAt: at, endReason: reason, data: null },
    select: { id: true },
  })
  return ended.map(({ id }) => id as SessionId)
}
