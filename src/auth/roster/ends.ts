import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { Written } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionEndReason } from './why-ended.ts'
import { onItsWay } from './admission.ts'
import { askedPlaces, askedValues } from './asked-ids.ts'

/** An end that is written in a row. */
interface WrittenEnd extends Named {
  readonly endReason: string | null
}

/** A row that an end has marked. */
interface Marked extends Named {
  /** Null where a change of key has let go of it. */
  readonly userId: string | null
}

/** What tells one row from the others. */
interface Named {
  readonly id: SessionId
}

const mark = `UPDATE "Session" SET "endedAt" = $2, "endReason" = $3, data = NULL`
// Whatever the row's clock says: another cookie of the session may have a later end, and would open it again.
const unlessEnded = `AND "endedAt" IS NULL RETURNING id`
const endOne = statement<Named>(`${mark} WHERE id = $1 ${unlessEnded}`)
const endMoved = statement<Marked>(
  `${mark} WHERE (id = $1 OR ("previousId" = $1 AND "previousAt" > $4)) ${unlessEnded}, "userId"`,
)
const givenUp = statement<Named>(
  `SELECT id FROM "Session" WHERE ("previousId" = $1 AND "previousAt" > $2)
   OR (id = $1 AND "endReason" IN ('LOGOUT', 'REPLACED') AND "endedAt" > $2) LIMIT 1`,
)

/** The written ends of `mostAsked` sessions. A last word (last-words.ts) comes before the end, so it is not one. */
export const writtenEnds = statement<WrittenEnd>(
  `SELECT id, "endReason" FROM "Session" WHERE id IN (${askedPlaces}) AND "endedAt" IS NOT NULL
   AND ("userId" IS NOT NULL OR version > 0)`,
)

/** The statements of an end, for the doubles of the tests. */
export const endStatements = { endOne, endMoved, givenUp }

type Read = Pick<Database, 'statements'>

/**
 * Writes down that the session `id` is over, and returns the rows that this ended. `isMoved`: ends it under its newest key
 * too, because an end in the middle of a change of key is meant for both. `now` is in milliseconds.
 */
export async function endOwn(
  { statements }: Read,
  id: SessionId,
  reason: SessionEndReason,
  { isMoved, now }: { readonly isMoved: boolean; readonly now: number },
): Promise<SessionId[]> {
  const values = [id, new Date(now), reason]
  if (!isMoved) return idsOf(await statements.write(endOne, values))
  const end = () => statements.write(endMoved, [...values, new Date(now - onItsWay)])
  const first = await end()
  if (first.rows.some((row) => row.id === id && row.userId !== null)) return idsOf(first)
  // A change of key has just let go of the row. PostgreSQL's statement waited for it, and does not see the row that came with it.
  const ended = [...idsOf(first), ...idsOf(await end())]
  // Where that change was just taken back, the second one waited for it, and does not see the row of `id` that came back.
  return ended.length > 0 ? ended : idsOf(await end())
}

function idsOf({ rows }: Written<Named>): SessionId[] {
  return rows.map((row) => row.id)
}

/**
 * Which of these sessions, at most `mostAsked`, have an end written in their rows, and why. Leaves out those that ended by
 * their clock or their user's epoch and have no written end yet.
 */
export async function endedAmong(
  { statements }: Read,
  ids: readonly SessionId[],
): Promise<ReadonlyMap<SessionId, string>> {
  const rows = await statements.all(writtenEnds, askedValues(ids))
  return new Map(rows.flatMap(({ id, endReason }) => (endReason === null ? [] : [[id, endReason]])))
}

/** Has its holder given the session `id` up so recently that a request under it may still be on its way? */
export async function isSuperseded(
  { statements }: Read,
  id: SessionId,
  now: number,
): Promise<boolean> {
  return (await statements.first(givenUp, [id, new Date(now - onItsWay)])) !== null
}
