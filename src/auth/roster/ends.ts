import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { Written } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import { isMark } from '../../session/record/expiry.ts'
import { reasonOf } from './why-ended.ts'
import type { LastSight, SessionEndReason, SessionFate } from './why-ended.ts'
import { onItsWay } from './admission.ts'
import { askedPlaces, askedValues } from './asked-ids.ts'

/** What a row says about the end of its session. Instants are in milliseconds since 1970. */
interface LastWord {
  readonly endedAt: number | null
  readonly endReason: string | null
  readonly createdAt: number
  readonly expiresAt: number
  /** The version of the record in the row; 0 where there never was one. */
  readonly version: number
  readonly rowEpoch: number | null
  /** The epoch of the row's user; null where it names none. */
  readonly epoch: number | null
  readonly isActive: number | null
}

/** An end that is written in a row. */
interface WrittenEnd extends Named {
  readonly endReason: string | null
}

/** The row of a key that took the place of another, with the instant of that in milliseconds since 1970. */
interface Successor {
  readonly previousAt: number | null
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
// A row whose record is to expire sooner says that in `absoluteExpiresAt` before its own end follows (save-with-clocks.ts).
const lastWord = statement<LastWord>(
  `SELECT s."endedAt", s."endReason", s."createdAt",
     CASE WHEN s."absoluteExpiresAt" < s."expiresAt" THEN s."absoluteExpiresAt" ELSE s."expiresAt" END AS "expiresAt",
     s.version, s.epoch AS "rowEpoch", u.epoch, u."isActive"
   FROM "Session" s LEFT JOIN "User" u ON u.id = s."userId" WHERE s.id = $1`,
)
const successor = statement<Successor>(
  'SELECT "previousAt" FROM "Session" WHERE "previousId" = $1 ORDER BY "previousAt" DESC LIMIT 1',
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
  return [...idsOf(first), ...idsOf(await end())]
}

function idsOf({ rows }: Written<Named>): SessionId[] {
  return rows.map((row) => row.id)
}

/**
 * Why the session `id` is over, or how long it lives. `seen`: what its stream saw of it last; null for a caller who never saw
 * it open. `now` is in milliseconds.
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

/** Is it the last word of a session that has no row of its own? */
function isWordOfGuest({ endedAt, endReason, version, rowEpoch }: LastWord): boolean {
  return endedAt !== null && endReason !== 'REPLACED' && version === 0 && rowEpoch === null
}

/**
 * Did the session go on after its last word, because the process was killed before the end? Then a key took its place, or a
 * stream saw it open.
 */
function wentOn({ endedAt }: LastWord, next: Successor | null, seen: LastSight | null): boolean {
  const at = Number(endedAt)
  return Number(next?.previousAt ?? 0) > at || (seen !== null && seen.at - onItsWay > at)
}

function reasonIn(row: LastWord, now: number): SessionEndReason | null {
  const endedAt = row.endedAt === null ? null : new Date(row.endedAt)
  const written = reasonOf({ ...row, endedAt, expiresAt: new Date(row.expiresAt) }, now)
  if (written === 'EXPIRED' && isMark(row)) return 'REPLACED'
  if (written !== null || row.epoch === null || row.rowEpoch === null) return written
  // It ended together with others, and its row is not written yet. After several changes of the user since, the first is not
  // known.
  const changes = row.epoch - row.rowEpoch
  if (row.isActive === 0 && changes <= 1) return 'USER_DEACTIVATED'
  return changes === 1 ? 'PASSWORD_CHANGED' : null
}

/**
 * Why a session without a row is over. The row of the key that took its place says so. But a failed change of key may have
 * left such a row while the session went on: where a stream saw it open later than any change of key can take, the row tells
 * nothing. Where the session's clock has run out since, either may have come first, and the reason is null.
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
