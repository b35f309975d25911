import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import { isMark } from '../../session/record/expiry.ts'
import { onItsWay } from './admission.ts'
import { reasonOf } from './why-ended.ts'
import type { LastSight, SessionEndReason, SessionFate } from './why-ended.ts'

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

/** The row of a key that took the place of another at `previousAt`. Instants are in milliseconds since 1970. */
interface Successor {
  readonly previousAt: number | null
  readonly endedAt: number | null
  readonly endReason: string | null
}

// A row whose record is to expire sooner says that in `absoluteExpiresAt` before its own end follows (save-with-clocks.ts).
const lastWord = statement<LastWord>(
  `SELECT s."endedAt", s."endReason", s."createdAt",
     CASE WHEN s."absoluteExpiresAt" < s."expiresAt" THEN s."absoluteExpiresAt" ELSE s."expiresAt" END AS "expiresAt",
     s.version, s.epoch AS "rowEpoch", u.epoch, u."isActive"
   FROM "Session" s LEFT JOIN "User" u ON u.id = s."userId" WHERE s.id = $1`,
)
const successor = statement<Successor>(
  `SELECT "previousAt", "endedAt", "endReason" FROM "Session" WHERE "previousId" = $1
   ORDER BY "previousAt" DESC LIMIT 1`,
)

/**
 * Why the session `id` is over, or how long it lives. `seen`: what its stream saw of it last; null for a caller who never saw
 * it open. `now` is in milliseconds.
 */
export async function fateOf(
  { statements }: Pick<Database, 'statements'>,
  id: SessionId,
  seen: LastSight | null,
  now: number,
): Promise<SessionFate> {
  const row = await statements.first(lastWord, [id])
  const mayHaveGoneOn = row === null || isWordOfGuest(row) || isLetGo(row)
  const next = mayHaveGoneOn ? await statements.first(successor, [id]) : null
  if (row === null) return { reason: withoutRow(next, seen, now), aliveUntil: null }
  if (isWordOfGuest(row)) {
    const reason = wentOn(row, next, seen) ? withoutRow(next, seen, now) : reasonIn(row, now)
    return { reason, aliveUntil: null }
  }
  if (next && isClosedBy(next, now)) return { reason: unfinished(next), aliveUntil: null }
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

/** Is a change of key under way for this session, or was it cut short? */
function isLetGo(row: LastWord): boolean {
  return row.endedAt === null && row.epoch === null && row.rowEpoch !== null && !isMark(row)
}

/** Does a key that a change of key has let go of open nothing more, now that its successor is `next` (admission.ts)? */
function isClosedBy({ previousAt, endedAt }: Successor, now: number): boolean {
  return endedAt !== null || Number(previousAt) <= now - onItsWay
}

/**
 * Why a session is over whose change of key was not finished. An end of `next`, the new key, in the middle of the change was
 * meant for both.
 */
function unfinished({ previousAt, endedAt, endReason }: Successor): SessionEndReason {
  const isOfBoth = endedAt !== null && Number(endedAt) - Number(previousAt) < onItsWay
  return isOfBoth && endReason !== null ? (endReason as SessionEndReason) : 'REPLACED'
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
