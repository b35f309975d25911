import { randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { statement } from '../database/statements.ts'
import type { SessionId } from '../session/key.ts'
import { isExpired } from '../session/record/expiry.ts'
import type { SessionStore } from '../session/store.ts'
import type { Dependency } from '../waiting/dependency.ts'
import { pause } from '../waiting/pause.ts'

/** What a sample of signed-in sessions needs. */
export interface SampleOptions {
  readonly db: Pick<Database, 'statements'>
  readonly database: Pick<Dependency, 'call'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** How many rows one statement looks at. */
  readonly rowsAtOnce: number
}

/**
 * How many records the store is asked for at most. Where half of all records are lost, a sample of so many is wrong by two
 * percent of the sessions, one time in three by more.
 */
export const mostAsked = 500

/** Among more sessions, so many are taken behind one place of the roster: neighbours share a folder of the `file` engine. */
const behindOnePlace = 10

/** How many records the store is asked for at a time. */
const atOnce = 8

/** How many rows one statement sends at most: this process reads them at one go. */
const mostRows = 1000

/** The rows between two ids. Those of guests and of sessions that are over are among them, so that its time is bounded. */
export const rowsBetween = statement<{
  readonly id: SessionId
  readonly expiresAt: number
  readonly isSignedIn: number
}>(
  `SELECT id, "expiresAt", CASE WHEN "userId" IS NOT NULL AND "endedAt" IS NULL THEN 1 ELSE 0 END AS "isSignedIn"
   FROM "Session" WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3`,
)

/** A text behind every id: those are hexadecimal. */
const behindAll = 'g'

/**
 * What share of the `users` sessions that the roster counts as signed in opens, from 0 to 1: of a random sample, the part whose
 * record is in the store and has not expired. The sample is of all where they are no more than `mostAsked`. Rejects where the
 * database or the store fails.
 */
export async function openingShare(
  users: number,
  load: SessionStore['load'],
  options: SampleOptions,
): Promise<number> {
  const ids = await sample(users, options)
  const left = ids.values()
  let opening = 0
  await Promise.all(Array.from({ length: atOnce }, askForNext))
  return ids.length === 0 ? 1 : opening / ids.length

  async function askForNext(): Promise<void> {
    for (const id of left) {
      const record = await load(id)
      if (record !== null && !isExpired(record, options.now())) opening++
    }
  }
}

async function sample(users: number, options: SampleOptions): Promise<readonly SessionId[]> {
  if (users <= mostAsked) return pick(mostAsked, options)
  const ids: SessionId[] = []
  for (let place = 0; place < mostAsked / behindOnePlace; place++)
    ids.push(...(await pick(behindOnePlace, options)))
  return ids
}

/** The first `count` signed-in sessions behind a random place. Ids are hashes: which these are depends on nothing else. */
async function pick(count: number, options: SampleOptions): Promise<readonly SessionId[]> {
  const ids: SessionId[] = []
  for await (const id of signedInFrom(randomBytes(32).toString('hex'), count, options))
    if (ids.push(id) === count) break
  return ids
}

/** Once around the roster, from `place`. Looks at few rows first, and at more each time. */
async function* signedInFrom(
  place: string,
  count: number,
  { db, database, now, rowsAtOnce }: SampleOptions,
): AsyncGenerator<SessionId, void> {
  for (const [start, end] of [
    [place, behindAll],
    ['', place],
  ] as const) {
    let last: string = start
    for (let limit = count, isOver = false; !isOver;) {
      limit = Math.min(2 * limit, rowsAtOnce, mostRows)
      await pause(1) // requests go first
      const asked = [last, end, limit]
      const rows = await database.call(() => db.statements.all(rowsBetween, asked))
      for (const row of rows) if (row.isSignedIn && row.expiresAt > now()) yield row.id
      isOver = rows.length < limit
      last = rows.at(-1)?.id ?? last
    }
  }
}
