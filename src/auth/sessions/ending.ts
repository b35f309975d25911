import type { Database } from '../../database/database.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionStore } from '../../session/store.ts'
import { inTime } from '../../waiting/in-time.ts'
import { pause } from '../../waiting/pause.ts'
import type { Position } from '../lists/keyset.ts'
import type { SessionEndReason } from '../roster/why-ended.ts'
import type { User } from '../users/user.ts'
import { deleteRecords } from './delete-records.ts'
import { endRows, nextBatch } from './end-batch.ts'
import type { Batch } from './end-batch.ts'
import { createGuestRemoval, mostGuests } from './guests-on-the-move.ts'
import { restAfter, rowsAfter, unhurried } from './pace.ts'
import { alive, aliveOrJustExpired, justExpired } from './session-filter.ts'
import type { SessionCondition } from './session-filter.ts'

/** What ending sessions from outside them needs. */
export interface EndingContext {
  readonly db: Database
  readonly store: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Are records kept in the roster's rows? Then they end with these. */
  readonly recordsAreRows?: boolean
  /** While sessions move between the roster's rows and another store: that store. */
  readonly besideRows?: Pick<SessionStore, 'delete' | 'deleteMany'>
  /** How many rows one statement may end, as the database says; 100 by default. */
  readonly rowsAtOnce?: number
  /** Gets the sessions that ended, so that their streams end. */
  readonly events?: { publishMany(ids: readonly SessionId[]): void }
  /** Counts sessions that end. */
  readonly counts?: { ended(reason: SessionEndReason, count: number): void }
  readonly log: { warn(details: object, message: string): void }
}

/** How long to go on, and what to call after each batch. */
export interface EndingOptions {
  /** How many are expected to match: one statement ends a few. Left out: many. */
  readonly expected?: number
  /** Called with each batch once it is over. The next one waits for it. */
  readonly onEnded?: (ids: readonly SessionId[]) => Promise<void>
  /** Called before each batch but the first: false leaves the rest alive. */
  readonly mayGoOn?: () => boolean
}

/** How the end of many sessions went. */
export interface Ended {
  readonly count: number
  /** Is nothing left that matches? */
  readonly isComplete: boolean
}

/**
 * Ends every living session that `where` matches, the newest first, and returns how many. They end in batches, each settled
 * before the next begins, so that a stop in between leaves nothing half ended. Spares a session that stops matching
 * meanwhile. Looks once more at the end, for sessions that moved to another key meanwhile, and so to a place that a batch had
 * passed. `reason`: null where it is not known. Rejects at the end where a store failed that may open a guest's session: all
 * others have ended by then, and those guests are still listed as alive.
 *
 * Marks those that expired a moment ago as well, because a write that began in time would carry them on. They count as
 * expired, and not as ended here.
 */
export async function endSessions(
  context: EndingContext,
  where: SessionCondition,
  reason: SessionEndReason | null,
  { expected = Infinity, onEnded, mayGoOn = () => true }: EndingOptions = {},
): Promise<Ended> {
  const { db, now, besideRows, rowsAtOnce } = context
  const usual = besideRows ? mostGuests : (rowsAtOnce ?? 100)
  const guests = createGuestRemoval(context)
  const start = performance.now()
  let rows = usual
  // SQLite answers without a wait: this lets requests in between the parts of a batch.
  const breathe = () => (expected > usual ? pause(0) : null)
  let count = 0
  let left = expected
  let after: Position | null = null
  let areExpired = false // does this round mark those that have just expired?
  for (;;) {
    const began = performance.now()
    const at = new Date(now())
    const which = { AND: [where, areExpired ? justExpired(at) : alive(at)] }
    const batch: Batch = await nextBatch(db, which, { after, rows, left })
    await breathe()
    const within = { AND: [which, ...batch.conditions] }
    const marked = { AND: [within, await guests.remove(within)] }
    const ended = await endRows(db, marked, areExpired ? 'EXPIRED' : reason, at)
    if (!areExpired) {
      count += ended.length
      left -= ended.length
      if (reason !== null) context.counts?.ended(reason, ended.length)
    }
    await settle(context, ended)
    await breathe()
    if (ended.length > 0 && !areExpired) await onEnded?.(ended)
    after = batch.last
    if (after === null) {
      guests.assertRemoved()
      const isLeft = await firstLeft(new Date(now()))
      if (isLeft === null) return { count, isComplete: true }
      areExpired = isLeft === 'expired'
      left = Infinity
    }
    if (!mayGoOn()) return { count, isComplete: false }
    // Leaves SQLite's one writer, and the database's processors, to other callers meanwhile.
    const done = performance.now()
    const progress = { spent: done - start, left, rows, within: unhurried(db) }
    await pause(restAfter(done - began, progress))
    rows = rowsAfter(done - began, progress, usual)
  }

  /** Is a session left that matches, and is it alive or has it just expired? */
  async function firstLeft(at: Date): Promise<'alive' | 'expired' | null> {
    const which = { AND: [where, aliveOrJustExpired(at)] }
    const row = await db.session.findFirst({ where: which, select: { expiresAt: true } })
    return row && (row.expiresAt > at ? 'alive' : 'expired')
  }
}

/**
 * Writes an end for the sessions whose epoch is behind their user's, and returns how many these are. None of them opens since
 * the epoch rose. After `patience` milliseconds it resolves, and goes on writing; null: it waits for all.
 */
export async function endOutdated(
  context: EndingContext,
  { id: userId, epoch }: Pick<User, 'id' | 'epoch'>,
  reason: SessionEndReason,
  patience: number | null,
): Promise<number> {
  const { db, now, log } = context
  const outdated = { userId, epoch: { lt: epoch }, ...alive(new Date(now())) }
  const count = await db.session.count({ where: outdated })
  const write = async () => {
    const ended = await endSessions(context, { userId, epoch: epoch - 1 }, reason, {
      expected: count,
    })
    // An earlier change ended the others, and its process did not get to write that down.
    if (ended.count < count)
      await endSessions(context, { userId, epoch: { lt: epoch - 1 } }, null, { expected: 1 })
  }
  const writing = write().catch((error: unknown) =>
    log.warn({ err: error }, 'rows of ended sessions were not all marked; they open nothing'),
  )
  await (patience === null ? writing : inTime(writing, patience))
  return count
}

/**
 * Calls the streams of ended sessions, and deletes their records where those are kept elsewhere. The sessions are over
 * already, by the roster: a store that fails only leaves records that expire.
 */
async function settle(context: EndingContext, ended: readonly SessionId[]): Promise<void> {
  context.events?.publishMany(ended)
  await deleteRecords(context, ended).catch((error: unknown) =>
    context.log.warn(
      { err: error },
      'records of ended sessions were not deleted; they will expire',
    ),
  )
}
