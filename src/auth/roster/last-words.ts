import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionRecord } from '../../session/record/record.ts'
import { inTime } from '../../waiting/in-time.ts'
import type { Soon } from '../../waiting/soon.ts'
import { onItsWay } from './admission.ts'
import type { SessionEndReason } from './why-ended.ts'
import { clocksOf } from './roster-row.ts'

/**
 * A last word is a row for a session that ends and has no row of its own. It holds the reason and the clocks, until the
 * session would have expired. Without it a process could not tell a logout from a lost record. It has neither a user nor a
 * record's version, unlike the row of a session.
 */
const insert = (row: string) =>
  `INSERT INTO "Session" AS w (id, "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt", "endedAt", "endReason")
   ${row} ON CONFLICT (id)`

/**
 * While sessions move between engines, the row of a guest may hold the record, its place, or what is left of it. The word
 * takes the record out and marks the row: the session ends there by this statement, and a row that has ended takes in no record.
 */
const leave = statement(
  `${insert('VALUES ($1, $2, $3, $4, $5, $6, $7)')} DO UPDATE SET "endedAt" = $6, "endReason" = $7, data = NULL
   WHERE w."endedAt" IS NULL AND w."userId" IS NULL AND w.data IS NOT NULL`,
)

/**
 * The last word of the session that the session `$1` has replaced. A further change of key leaves it before it removes the
 * row of `$1`: only that row has the reason. The row of the replaced session may still be there, where its deletion is late.
 */
export const leaveOfPrevious = statement(
  `${insert(`SELECT s."previousId", s."createdAt", s."lastSeenAt", s."expiresAt", s."absoluteExpiresAt", s."previousAt",
     'REPLACED' FROM "Session" s WHERE s.id = $1 AND s."previousId" IS NOT NULL`)} DO UPDATE
   SET "endedAt" = excluded."endedAt", "endReason" = excluded."endReason", "expiresAt" = excluded."expiresAt",
     "absoluteExpiresAt" = excluded."absoluteExpiresAt", data = NULL
   WHERE w."endedAt" IS NULL AND w."userId" IS NULL`,
)

const takeBack = statement(
  `DELETE FROM "Session" WHERE id = $1 AND "endedAt" = $2 AND "endReason" = $3 AND "userId" IS NULL AND version = 0`,
)

/** The statements of last words, for the doubles of the tests. */
export const lastWordStatements = { leave, leaveOfPrevious, takeBack }

/** How long an end waits for its last word, in milliseconds. */
export const patienceForWord = 500

/** The end of a guest's session whose record is not in the roster's rows. */
export interface GuestEnd {
  readonly id: SessionId
  readonly record: SessionRecord
  readonly reason: SessionEndReason
  /** Milliseconds since 1970. */
  readonly now: number
  /** Removes the record, which ends the session. */
  readonly remove: () => Promise<unknown>
  /** Writes to the roster; left out: without a watch. */
  readonly write?: <Result>(work: () => Soon<Result>) => Promise<Result>
}

/**
 * Ends a guest's session. Returns false where another call ended it a moment ago. It writes the last word before the end, so
 * that a caller who finds no record finds the reason. Where the word fails or takes long, it ends the session all the same,
 * and the word may come late. Where `remove` rejects, takes the word back and rejects too. A process that is killed in
 * between leaves a session that goes on beside its word: `fateOf` in fate.ts allows for that.
 */
export async function endWithWord(
  db: Pick<Database, 'statements' | 'session'>,
  { id, record, reason, now, remove, write = async (work) => work() }: GuestEnd,
): Promise<boolean> {
  const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = clocksOf(record)
  const clocks = [createdAt, lastSeenAt, expiresAt, absoluteExpiresAt]
  const at = new Date(now)
  const leaving = write(async () => {
    const { count } = await db.statements.write(leave, [id, ...clocks, at, reason])
    return count === 1 || !(await hasJustEnded(db, id, now))
  })
  const word = leaving.catch(() => true)
  const isFirst = (await inTime(word, patienceForWord)) ?? true
  try {
    await remove()
  } catch (error) {
    const takingBack = word.then(() => write(() => db.statements.write(takeBack, [id, at, reason])))
    await inTime(
      takingBack.catch(() => undefined),
      patienceForWord,
    ) // runs after a word that is late
    throw error
  }
  return isFirst
}

/** Has another end of this session left its word a moment ago? An older word belongs to an end that was cut short. */
async function hasJustEnded({ session }: Pick<Database, 'session'>, id: SessionId, now: number) {
  const row = await session.findUnique({ where: { id }, select: { endedAt: true } })
  return row !== null && row.endedAt !== null && row.endedAt.getTime() > now - onItsWay
}
