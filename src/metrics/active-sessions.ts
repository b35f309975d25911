import { statement } from '../database/statements.ts'
import type { SessionStore } from '../session/store.ts'
import { pause } from '../waiting/pause.ts'
import { ofSessions } from './catalogue-of-sessions.ts'
import { openingShare } from './opening-share.ts'
import type { SampleOptions } from './opening-share.ts'
import type { Registry } from './registry.ts'

/** What a count needs. */
export interface ActiveSessionsOptions extends SampleOptions {
  readonly warn: (message: string, error?: unknown) => void
  /** Asks the store for the record of a session; null where rows hold the records, or cookies carry them. */
  readonly load: SessionStore['load'] | null
}

/** What a count has found. */
interface Counted {
  readonly guests: number
  readonly users: number
  /** Rows of signed-in sessions that are alive, and whose records the store has lost. */
  readonly lost: number
  /** When it began, in milliseconds since 1970. */
  readonly at: number
  /** How long the oldest expired row had waited by then, in milliseconds. */
  readonly oldest: number
}

/** Counts do not begin sooner than this after the last one, in milliseconds. */
const leastPause = 30_000

/** Nor before the last one is over for so many times its own length: a twentieth of one connection's time is enough. */
const lengths = 20

/** When the row expires that is so many rows behind what expires at `$1`. */
const stepTo = statement<{ readonly expiresAt: number }>(
  `SELECT "expiresAt" FROM "Session" WHERE "expiresAt" > $1 ORDER BY "expiresAt" LIMIT 1 OFFSET $2`,
)

/** When the row expired that has waited longest to be removed. */
const oldest = statement<{ readonly expiresAt: number }>(
  `SELECT "expiresAt" FROM "Session" WHERE "expiresAt" <= $1 ORDER BY "expiresAt" LIMIT 1`,
)

const countStep = statement<{ readonly all: number; readonly users: number }>(
  `SELECT CAST(count(*) AS INTEGER) AS "all", CAST(count("userId") AS INTEGER) AS "users" FROM "Session"
   WHERE "expiresAt" > $1 AND "expiresAt" <= $2 AND "endedAt" IS NULL`,
)

/** Behind the last session that there can be, as an instant that both databases know. */
const never = Date.UTC(9999, 11, 31)

/**
 * Shows how many sessions are alive, and counts them on a clock of its own: each scrape calls what this returns, which begins
 * a count where it is time for one, and waits for none. Without a scraper nothing is counted. A count goes through the roster
 * in small steps, between which requests have their turn. Where the store keeps the records, it is asked for a sample of them:
 * a store that forgets leaves the rows. A count that fails is logged, and the figures of the last stay.
 */
export function showActiveSessions(registry: Registry, options: ActiveSessionsOptions): () => void {
  const { db, database, now, warn, rowsAtOnce, load } = options
  let found: Counted | null = null
  let isCounting = false
  let dueAt = -Infinity
  registry.gauge(ofSessions.active, { kind: 'guest' }, () => found && found.guests)
  registry.gauge(ofSessions.active, { kind: 'signed_in' }, () => found && found.users)
  registry.gauge(ofSessions.lost, {}, () => found && found.lost)
  registry.gauge(ofSessions.oldestExpired, {}, () => found && found.oldest / 1000)
  registry.gauge(ofSessions.sampled, {}, () => found && found.at / 1000)

  return () => {
    if (isCounting || performance.now() < dueAt) return
    isCounting = true
    const begun = performance.now()
    void count()
      .catch((error: unknown) => warn('The active sessions could not be counted.', error))
      .finally(() => {
        isCounting = false
        const end = performance.now()
        dueAt = Math.max(begun + leastPause, end + lengths * (end - begun))
      })
  }

  async function count(): Promise<void> {
    const at = now()
    const first = await database.call(() => db.statements.first(oldest, [new Date(at)]))
    let [guests, users] = [0, 0]
    for (let from = at, isLast = false; !isLast;) {
      const since = new Date(from)
      const step = await database.call(() => db.statements.first(stepTo, [since, rowsAtOnce - 1]))
      const until = new Date(step?.expiresAt ?? never)
      const counted = await database.call(() => db.statements.first(countStep, [since, until]))
      users += counted?.users ?? 0
      guests += (counted?.all ?? 0) - (counted?.users ?? 0)
      isLast = step === null
      from = until.getTime()
      await pause(1) // requests go first
    }
    const rows = users
    if (load !== null) users = Math.round(rows * (await openingShare(rows, load, options)))
    found = { guests, users, lost: rows - users, at, oldest: first ? at - first.expiresAt : 0 }
  }
}
