import type { Database } from '../../database/database.ts'
import { after } from '../../waiting/soon.ts'
import type { Soon } from '../../waiting/soon.ts'
import { unwatched } from '../../waiting/watch.ts'
import type { Watch } from '../../waiting/watch.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionRoster } from '../../session/roster.ts'
import { createAdmission } from './admission.ts'
import type { AdmissionOptions } from './admission.ts'
import { endOwn, isSuperseded } from './ends.ts'
import { copyIntoRow, copyOfCookie } from './clocks.ts'
import { createEnrolling } from './enrolment.ts'
import { fateOf } from './fate.ts'
import { endWithWord } from './last-words.ts'
import type { Client } from '../../http/client.ts'
import { userFrom, userOfId } from '../users/user-row.ts'
import type { User } from '../users/user.ts'
import type { KnowsEnds, SessionEndReason } from './why-ended.ts'

/** The roster as one request sees it. */
export interface RequestRoster extends SessionRoster {
  /** The user of this id; without a query where this request's session is signed in as them. Null where there is none. */
  user(userId: string): Soon<User | null>
}

/** The list of who is signed in where, whatever the engine. */
export interface Roster extends KnowsEnds {
  /** Opens the roster for one request. */
  attend(client: Client): RequestRoster
}

/** How the roster is set up. */
export interface RosterOptions extends AdmissionOptions {
  /** SESSION_STAFF_AGE: the longest idle time of a staff session, in seconds; null, as in some tests: no limit for staff. */
  readonly staffAge?: number | null
  /** Called with each session whose end is written down. */
  readonly onEnded?: (id: SessionId) => void
  /** Counts sessions that end. */
  readonly counts?: { ended(reason: SessionEndReason, count: number): void }
  /** Watches over the calls of requests. */
  readonly watch?: Watch
}

/** The roster in the Session table. */
export function createRoster(db: Database, options: RosterOptions): Roster {
  const {
    now,
    database,
    recordIn,
    keepsRecords,
    staffAge = null,
    onEnded,
    counts,
    watch = unwatched,
  } = options
  const { call } = database
  /** The engine itself writes the clocks of rows that hold its records, and removes those rows. */
  const recordsAreRows = recordIn !== null
  const admit = watch('open', createAdmission(db, options))
  const enrollFor = createEnrolling(db, { now, call, watch, recordsAreRows, keepsRecords })
  const calls = {
    leave: watch('leave', call),
    seen: watch('seen', call),
  }
  const write = <Result>(work: () => Soon<Result>) => calls.leave(work, { isWrite: true })
  return {
    attend,
    endReason: async (id) => (await fateOf(db, id, null, now())).reason,
    fate: (id, seen) => fateOf(db, id, seen, now()),
  }

  /** Each call to the database goes through its dependency: without the database there is no session. */
  function attend(client: Client): RequestRoster {
    let known: User | null = null
    let isBeingReplaced = false
    const enrolling = enrollFor(client, (user) => (known = user))

    return {
      open(id, store) {
        return after(admit(id, store), (admitted) => {
          known = admitted && admitted.user
          isBeingReplaced = admitted !== null && admitted.isBeingReplaced
          return admitted && admitted.record
        })
      },

      isBeingReplaced: () => isBeingReplaced,

      user(userId) {
        return known?.id === userId ? known : find(userId)
      },

      enroll: enrolling.enroll,
      withdraw: enrolling.withdraw,

      async leave(id, isReplaced) {
        const reason = isReplaced ? 'REPLACED' : 'LOGOUT'
        const how = { isMoved: !isReplaced, now: now() }
        const ended = await calls.leave(() => endOwn(db, id, reason, how), { isWrite: true })
        counts?.ended(reason, ended.length)
        for (const each of ended) onEnded?.(each)
        return ended.length > 0
      },

      async leaveAsGuest(id, record, remove) {
        const at = now()
        const isMarked = recordsAreRows && (await endOfGuest(id, at))
        if (isMarked)
          await remove().catch(() => undefined) // the row opens nothing more
        else if (!keepsRecords)
          await remove() // it leaves no word: a cookie that carries it opens it again
        else if (!(await endWithWord(db, { id, record, reason: 'LOGOUT', now: at, remove, write })))
          return
        counts?.ended('LOGOUT', 1)
      },

      longestIdle(userId, asked) {
        if (staffAge === null || asked <= staffAge) return null
        if (known?.id === userId) return known.isStaff ? staffAge : null
        // At a login this is not the user with whom the request began, if any.
        return find(userId).then((user) => (user?.isStaff ? staffAge : null))
      },

      copiesClocks: keepsRecords && !recordsAreRows,

      async seen(id, clocks, before) {
        if (recordsAreRows) return null
        const copy = keepsRecords ? copyIntoRow : copyOfCookie
        return calls.seen(() => copy(db, id, clocks, before))
      },

      isSuperseded: (id) => call(() => isSuperseded(db, id, now())),
    }
  }

  /** Ends the row, and the record in it, by one statement. False where there is no such row. */
  async function endOfGuest(id: SessionId, at: number): Promise<boolean> {
    const how = { isMoved: false, now: at }
    const ended = await calls.leave(() => endOwn(db, id, 'LOGOUT', how), { isWrite: true })
    return ended.length > 0
  }

  async function find(userId: string): Promise<User | null> {
    return userFrom(await call(() => db.statements.first(userOfId, [userId])))
  }
}
