import type { Database } from '../database/database.ts'
import type { SessionId } from '../session/key.ts'
import type { SessionStore } from '../session/store.ts'
import type { SessionEndReason } from './roster.ts'
import { userColumns } from './user.ts'
import type { User } from './user.ts'

/** What it takes to end sessions from outside of them. */
export interface EndingContext {
  readonly db: Database
  readonly settings: {
    readonly store: SessionStore
    readonly now: () => number
    /** Told of every session that ended: its streams look again. */
    readonly events?: { publish(id: SessionId): void }
  }
  readonly log: { warn(details: object, message: string): void }
}

/** Which sessions, as a condition on the roster's rows. */
export type SessionCondition = NonNullable<
  NonNullable<Parameters<Database['session']['findMany']>[0]>['where']
>

/**
 * Ends every living session that `where` matches, and says which. One statement decides: what stops matching meanwhile
 * is spared, and nobody is ended twice.
 */
export async function endSessions(
  context: EndingContext,
  where: SessionCondition,
  reason: SessionEndReason,
): Promise<SessionId[]> {
  const ended = await endRows(context.db, where, reason, new Date(context.settings.now()))
  return settleEnded(context, ended)
}

/** How a change of `isActive` went. */
export interface ActivationOutcome {
  readonly user: User
  /** The sessions that it ended. */
  readonly ended: readonly SessionId[]
}

/**
 * Lets a user in, or no longer. Deactivating ends all of their sessions; activating revives none. Null where there is no
 * such user.
 */
export async function setUserActive(
  context: EndingContext,
  userId: string,
  active: boolean,
): Promise<ActivationOutcome | null> {
  const { db, settings } = context
  const at = new Date(settings.now())
  // Only what changes: activating somebody who is active already must not end their sessions.
  const change = active ? { isActive: false } : {}
  const outcome = await db.$transaction(async (tx) => {
    // Sessions first, then the user: a login takes its locks in this order too, and PostgreSQL would see a deadlock.
    const where = active ? { userId, user: change } : { userId }
    const ended = await endRows(tx, where, 'USER_DEACTIVATED', at)
    await tx.user.updateMany({
      where: { id: userId, ...change },
      data: { isActive: active, epoch: { increment: 1 } },
    })
    const user = await tx.user.findUnique({ where: { id: userId }, select: userColumns })
    return user && { user, ended }
  })
  return outcome && { user: outcome.user, ended: await settleEnded(context, outcome.ended) }
}

/** A row of the roster that was ended: its record may be kept elsewhere. */
export interface EndedRow {
  readonly id: string
  readonly version: number
}

/** Ends the rows alone, inside a transaction of the caller's. Once that stands, `settleEnded` does the rest. */
export async function endRows(
  db: Pick<Database, 'session'>,
  where: SessionCondition,
  reason: SessionEndReason,
  at: Date,
): Promise<EndedRow[]> {
  return db.session.updateManyAndReturn({
    where: { AND: [where, { endedAt: null, expiresAt: { gt: at } }] },
    data: { endedAt: at, endReason: reason, data: null },
    select: { id: true, version: true },
  })
}

/** How many records are deleted at once. */
const batch = 50

/**
 * Calls the streams of ended sessions, and deletes the records that another engine keeps: a row of version 0 never held
 * one. The sessions are over already, by the roster's word, so that a store that fails only leaves behind what expires by
 * itself.
 */
export async function settleEnded(
  { settings, log }: EndingContext,
  rows: readonly EndedRow[],
): Promise<SessionId[]> {
  const ended = rows.map(({ id }) => id as SessionId)
  for (const id of ended) settings.events?.publish(id)
  const elsewhere = ended.filter((_, at) => rows[at]?.version === 0)
  try {
    for (let at = 0; at < elsewhere.length; at += batch)
      await Promise.all(elsewhere.slice(at, at + batch).map((id) => settings.store.delete(id)))
  } catch (error) {
    log.warn({ err: error }, 'records of ended sessions were not deleted; they will expire')
  }
  return ended
}
