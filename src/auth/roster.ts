import type { Database } from '../database/database.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { SessionId } from '../session/key.ts'
import type { SessionRoster } from '../session/roster.ts'
import { createAdmission, onItsWay, sameSession } from './admission.ts'
import type { SessionCondition } from './ending.ts'
import { enroll } from './enrolment.ts'
import { clocksOf } from './roster-row.ts'
import type { Client } from '../http/client.ts'
import { userColumns } from './user.ts'
import type { User } from './user.ts'
import { withdraw } from './withdrawal.ts'

/** Why a session is over. */
export type SessionEndReason =
  'LOGOUT' | 'REPLACED' | 'REVOKED' | 'PASSWORD_CHANGED' | 'USER_DEACTIVATED' | 'EXPIRED'

/** The roster as one request sees it. */
export interface RequestRoster extends SessionRoster {
  /** The user this request's session was found to be signed in as. Ask the session first; null where nobody is. */
  user(userId: string): Promise<User | null>
}

/** The list of who is signed in where, whatever the engine. */
export interface Roster {
  /** Opens the roster for one request. */
  attend(client: Client): RequestRoster
  /** Ends a session from outside it. False where there is none alive. The row stays, without its data, until it would have expired. */
  end(id: SessionId, reason: SessionEndReason): Promise<boolean>
  /** Why the session `id` is over; null while it is alive, and where nothing is known of it. */
  endReason(id: SessionId): Promise<SessionEndReason | null>
  /** Lets go of the record in the row of `id`, which is kept by another engine from now on. A guest's row goes with it. */
  release(id: SessionId): Promise<void>
  /** Removes at most `limit` rows that would have expired by now, and says how many. */
  clearExpired(limit: number): Promise<number>
}

/** How the roster is set up. */
export interface RosterOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The database, as what a request's session depends on. */
  readonly database: Dependency
  /** Does the engine keep its records in the same rows, clocks included? */
  readonly sharesRows: boolean
  /** SESSION_STAFF_AGE: the longest idle time of a staff session, in seconds; null: as long as anybody's. */
  readonly staffAge?: number | null
  /** Does the engine keep records on this side? Otherwise the cookie of an ended session still holds one. */
  readonly keepsRecords: boolean
  /** Told, once it is written down, which session was ended. */
  readonly onEnded?: (id: SessionId) => void
}

/** The roster in the Session table. */
export function createRoster(db: Database, options: RosterOptions): Roster {
  const { now, sharesRows, staffAge = null, onEnded } = options
  const { call } = options.database
  const admit = createAdmission(db, options)
  return { end, endReason, release, clearExpired, attend: (client) => inTime(attend(client)) }

  /** A session is not available where its half of the database is not. */
  function inTime(roster: RequestRoster): RequestRoster {
    return {
      agrees: (...words) => call(() => roster.agrees(...words)),
      user: (userId) => call(() => roster.user(userId)),
      enroll: (...words) =>
        call(() => roster.enroll(...words), {
          isWrite: true,
          undo: async (isEnrolled) => isEnrolled && roster.withdraw(words[0], words[2]),
        }),
      withdraw: (...words) => call(() => roster.withdraw(...words)),
      leave: (...words) => call(() => roster.leave(...words), { isWrite: true }),
      longestIdle: (userId) => call(() => roster.longestIdle(userId)),
      seen: (id, record) => call(() => roster.seen(id, record)),
      isSuperseded: (id) => call(() => roster.isSuperseded(id)),
    }
  }

  function attend(client: Client): RequestRoster {
    let known: User | null = null
    return {
      async agrees(id, auth, version) {
        const stored = sharesRows ? version : undefined
        known = await admit(id, auth, stored)
        if (known !== null || stored === undefined) return known !== null
        known = await admit(id, auth)
        return known !== null && 'stale'
      },

      async user(userId) {
        if (known?.id === userId) return known
        known = await db.user.findUnique({ where: { id: userId }, select: userColumns })
        return known
      },

      async enroll(id, record, previous, isLogin) {
        const enrolment = { id, record, previous, isLogin, client, sharesRows, now: now() }
        const enrolled = await enroll(db, enrolment)
        known = enrolled?.user ?? known
        return enrolled !== null
      },

      withdraw: (id, previous) => withdraw(db, { id, previous, client, sharesRows }),

      async leave(id, isReplaced) {
        if (isReplaced) await endRows({ id }, 'REPLACED')
        else await endRows(sameSession(id, now()), 'LOGOUT')
      },

      async longestIdle(userId) {
        if (staffAge === null) return null
        // At a login this is another user than the one whom the request began with, or it began with none.
        const where = { id: userId }
        const user =
          known?.id === userId
            ? known
            : await db.user.findUnique({ where, select: { isStaff: true } })
        return user?.isStaff ? staffAge : null
      },

      async seen(id, record) {
        if (sharesRows) return
        await db.session.updateMany({ where: { id, endedAt: null }, data: clocksOf(record) })
      },

      async isSuperseded(id) {
        const since = new Date(now() - onItsWay)
        const row = await db.session.findFirst({
          where: {
            OR: [
              { previousId: id, previousAt: { gt: since } },
              { id, endReason: { in: ['LOGOUT', 'REPLACED'] }, endedAt: { gt: since } },
            ],
          },
          select: { id: true },
        })
        return row !== null
      },
    }
  }

  async function end(id: SessionId, reason: SessionEndReason): Promise<boolean> {
    return endRows(sameSession(id, now()), reason)
  }

  async function endRows(which: SessionCondition, reason: SessionEndReason): Promise<boolean> {
    const at = new Date(now())
    const ended = await db.session.updateManyAndReturn({
      where: { ...which, endedAt: null, expiresAt: { gt: at } },
      data: { endedAt: at, endReason: reason, data: null },
      select: { id: true },
    })
    for (const { id } of ended) onEnded?.(id as SessionId)
    return ended.length > 0
  }

  async function endReason(id: SessionId): Promise<SessionEndReason | null> {
    const row = await db.session.findUnique({
      where: { id },
      select: {
        endedAt: true,
        endReason: true,
        expiresAt: true,
        epoch: true,
        user: { select: { isActive: true, epoch: true } },
      },
    })
    if (row === null) return (await isReplaced(id)) ? 'REPLACED' : null
    if (row.endedAt !== null) return row.endReason as SessionEndReason | null
    if (row.expiresAt.getTime() <= now()) return 'EXPIRED'
    const { user, epoch } = row
    if (user === null || user.epoch === epoch) return null
    // It ended with many others, and its row has not had its turn yet.
    return user.isActive ? 'PASSWORD_CHANGED' : 'USER_DEACTIVATED'
  }

  /** Has another key taken the place of this one? Then its row has gone, and that of the other tells. */
  async function isReplaced(id: SessionId): Promise<boolean> {
    const where = { previousId: id }
    return (await db.session.findFirst({ where, select: { id: true } })) !== null
  }

  async function release(id: SessionId): Promise<void> {
    await db.session.deleteMany({ where: { id, userId: null, endedAt: null } })
    await db.session.updateMany({ where: { id }, data: { data: null, version: 0 } })
  }

  async function clearExpired(limit: number): Promise<number> {
    if (sharesRows) return 0
    const { count } = await db.session.deleteMany({
      where: { expiresAt: { lte: new Date(now()) } },
      limit,
    })
    return count
  }
}
