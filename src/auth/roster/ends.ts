import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import { reasonOf } from './why-ended.ts'
import type { LastSight, SessionEndReason, SessionFate } from './why-ended.ts'
import { onItsWay } from './admission.ts'
import { askedPlaces, askedValues } from './asked-ids.ts'

/** What a row says of the end of its session: instants in milliseconds since 1970. */
interface LastWord {
  readonly endedAt: number | null
  readonly endReason: string | null
  readonly createdAt: number
  readonly expiresAt: number
  /** Of the record in the row; 0 where there never was one. */
  readonly version: number
  readonly rowEpoch: number | null
  /** Of its user; null where it names none. */
  readonly epoch: number | null
  readonly isActive: number | null
}

/** An end that a row has written down. */
interface WrittenEnd extends Named {
  readonly endReason: string | null
}

/** The row of a key that took the place of another, at this instant: milliseconds since 1970. */
interface Successor {
  readonly previousAt: number | null
}

/** What tells one row from the others. */
interface Named {
  readonly id: SessionId
}

const mark = `UPDATE "Session" SET "endedAt" = $2, "endReason" = $3, data = NULL`
// Whatever the row's clock says: the cookie of a signed session may have an older and later one, and would open it again.
const unlessEnded = `AND "endedAt" IS NULL RETURNING id`
const endOne = statement<Named>(`${mark} WHERE id = $1 ${unlessEnded}`)
const endMoved = statement<Named>(
  `${mark} WHERE (id = $1 OR ("previousId" = $1 AND "previousAt" > $4)) ${unlessEnded}`,
)
const lastWord = statement<LastWord>(
  `SELECT s."endedAt", s."endReason", s."createdAt", s."expiresAt", s.version, s.epoch AS "rowEpoch", u.epoch, u."isActive"
   FROM "Session" s LEFT JOIN "User" u ON u.id = s."userId" WHERE s.id = $1`,
)
const successor = statement<Successor>(
  'SELECT "previousAt" FROM "Session" WHERE "previousId" = $1 ORDER BY "previousAt" DESC LIMIT 1',
)
const givenUp = statement<Named>(
  `SELECT id FROM "Session" WHERE ("previousId" = $1 AND "previousAt" > $2)
   OR (id = $1 AND "endReason" IN ('LOGOUT', 'REPLACED') AND "endedAt" > $2) LIMIT 1`,
)

/** Ends that rows have written down, of `mostAsked` sessions. A last word comes before the end, and is none. */
export const writtenEnds = statement<WrittenEnd>(
  `SELECT id, "endReason" FROM "Session" WHERE id IN (${askedPlaces}) AND "endedAt" IS NOT NULL
   AND ("userId" IS NOT NULL OR version > 0)`,
)

/** The statements of an end, for the doubles of the tests. */
export const endStatements = { endOne, endMoved, givenUp }

type Read = Pick<Database, 'statements'>

/**
 * Writes down that the session `id` is over, and says which rows that ended. `isMoved`: under the key that it moved to just
 * now as well, because an end that comes in the middle of a change of key is meant for both. `now` is in milliseconds.
 */
export async function endOwn(
  { statements }: Read,
  id: SessionId,
  reason: SessionEndReason,
  { isMoved, now }: { readonly isMoved: boolean; readonly now: number },
): Promise<SessionId[]> {
  const values = [id, new Date(now), reason]
  const { rows } = isMoved
    ? await statements.write(endMoved, [...values, new Date(now - onItsWay)])
    : await statements.write(endOne, values)
  return rows.map((row) => row.id)
}

/**
 * What is known of the session `id`. `seen`: what its stream saw of it last; null for a caller who never saw it open. `now` is
 * in milliseconds.
 */
export async function fateOf(
  { statements }: Read,
  id: SessionId,
  seen: LastSight | null,
  now: number,
): Promise<SessionFate> {
  const row = await statements.first(lastWord, [id])
  if (row === null) {
    const next = await statements.first(successor, [id])
    return { reason: withoutRow(next, seen, now), aliveUntil: null }
  }
  if (isWordOfGuest(row)) {
    const next = await statements.first(successor, [id])
    const reason = wentOn(row, next, seen) ? withoutRow(next, seen, now) : reasonIn(row, now)
    return { reason, aliveUntil: null }
  }
  const isAlive = row.endedAt === null && row.epoch === row.rowEpoch && row.expiresAt > now
  return {
    reason: reasonIn(row, now) ?? (hasExpired(seen, now) ? 'EXPIRED' : null),
    aliveUntil: isAlive ? row.expiresAt : null,
  }
}

/** Is it a word that was left before the end, of a session that has no row of its own? */
function isWordOfGuest({ endedAt, endReason, version, rowEpoch }: LastWord): boolean {
  return endedAt !== null && endReason !== 'REPLACED' && version === 0 && rowEpoch === null
}

/** Did the session go on after its word, because its process was killed before the end? A key took its place, or a stream saw it open. */
function wentOn({ endedAt }: LastWord, next: Successor | null, seen: LastSight | null): boolean {
  const at = Number(endedAt)
  return Number(next?.previousAt ?? 0) > at || (seen !== null && seen.at - onItsWay > at)
}

function reasonIn(row: LastWord, now: number): SessionEndReason | null {
  const endedAt = row.endedAt === null ? null : new Date(row.endedAt)
  const written = reasonOf({ ...row, endedAt, expiresAt: new Date(row.expiresAt) }, now)
  // A change of key ends what it has copied as a record that expired when it began, and then removes it.
  if (written === 'EXPIRED' && row.expiresAt <= row.createdAt) return 'REPLACED'
  if (written !== null || row.epoch === null || row.rowEpoch === null) return written
  // It ended with many others, and its row has not had its turn yet. Of several changes since, none says which was the first.
  const changes = row.epoch - row.rowEpoch
  if (row.isActive === 0 && changes <= 1) return 'USER_DEACTIVATED'
  return changes === 1 ? 'PASSWORD_CHANGED' : null
}

/**
 * Why a session without a row is over. The row of a key that took its place tells. A change of key that failed may have left
 * such a row too, and the session went on: where it was seen open after any change of key must have been over, the row
 * tells nothing. Where its clock has run out since, either may have come first, and nothing is said.
 */
function withoutRow(
  next: Successor | null,
  seen: LastSight | null,
  now: number,
): SessionEndReason | null {
  const isOver = hasExpired(seen, now)
  const mayTell = next !== null && (seen === null || Number(next.previousAt) > seen.at - onItsWay)
  if (!mayTell) return isOver ? 'EXPIRED' : null
  return isOver ? null : 'REPLACED'
}

function hasExpired(seen: LastSight | null, now: number): boolean {
  return seen !== null && seen.expiresAt !== null && now >= seen.expiresAt
}

/**
 * Which of these sessions are over by what is written in their rows, and why. At most `mostAsked` of them. What a clock has
 * ended, or the epoch of its user, is not among them yet.
 */
export async function endedAmong(
  { statements }: Read,
  ids: readonly SessionId[],
): Promise<ReadonlyMap<SessionId, string>> {
  const rows = await statements.all(writtenEnds, askedValues(ids))
  return new Map(rows.flatMap(({ id, endReason }) => (endReason === null ? [] : [[id, endReason]])))
}

/** Has its holder given the session `id` up so short a time ago that a request under it may be on its way? */
export async function isSuperseded(
  { statements }: Read,
  id: SessionId,
  now: number,
): Promise<boolean> {
  return (await statements.first(givenUp, [id, new Date(now - onItsWay)])) !== null
}
