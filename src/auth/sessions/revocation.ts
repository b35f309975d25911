import { NotFound } from '../../refusals.ts'
import type { SessionId } from '../../session/key.ts'
import type { ActedBy, AuthEvent } from '../audit/auth-event.ts'
import { wholeList } from '../lists/keyset.ts'
import { actedBy, leaveIfOwn, signedIn } from '../logins/caller.ts'
import type { Caller } from '../logins/caller.ts'
import { endOne, endOneOf } from './end-of-one.ts'
import { endSessions } from './ending.ts'
import type { EndingContext } from './ending.ts'
import { timeFor } from './patience.ts'
import type { PatienceFor } from './patience.ts'
import {
  countSelected,
  nothingSelected,
  otherThan,
  selectionOf,
  sessionPlaces,
} from './selection.ts'
import type { CountedSessions, Selection } from './selection.ts'
import { alive, assertMeant, begunWithin, matching, unindexed } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'
import type { Users } from '../users/users.ts'

/** Ends sessions from outside of them. The audit records each. */
export interface Revocation {
  /** Ends the session of `id`, in the roster and in the store. Throws `NotFound` where none is alive. */
  revoke(id: SessionId, by: ActedBy): Promise<void>
  /** The same for a member of staff, whose own session it may be. */
  revokeFor(caller: Caller, id: SessionId): Promise<void>
  /**
   * Ends every session that the filter matches, save the one of `by`. A dry run only counts them, for half a second at most.
   * Throws `InvalidInput` for a filter that would match more than its writer may have meant.
   */
  revokeAll(filter: SessionFilter, by: ActedBy, options?: RevokeAllOptions): Promise<Revoked>
  /** Ends one of the caller's own sessions. Throws `NotFound` where it is not theirs, or over. */
  revokeOwn(caller: Caller, id: SessionId): Promise<void>
  /** Ends all of the caller's sessions but the one that asks. Throws `SessionInterrupted` where that one is over. */
  revokeOthers(caller: Caller): Promise<Revoked>
}

/** How many sessions are to end. */
export interface RevokeAllOptions {
  /** Ends none, and only counts. */
  readonly isDryRun?: boolean
  /** Called after each batch with how many have ended. */
  readonly onProgress?: (ended: number) => void
}

/** How the end of many sessions went. */
export interface Revoked {
  /** How many matched, counted to 10,000. */
  readonly matchedCount: number
  /** The count stopped at sessions that began then; null where it counted all. The end itself goes on beyond it. */
  readonly countedSince: Date | null
  /** How many ended. Fewer, where some were over already or there was no time for all. */
  readonly revokedCount: number
  /** Is none left alive that matches? */
  readonly isComplete: boolean
}

/** What revoking sessions needs. */
export interface RevocationOptions {
  readonly ending: EndingContext
  readonly users: Pick<Users, 'find'>
  readonly patienceFor: PatienceFor
  notify(event: AuthEvent): Promise<void>
}

/** How many sessions one event of the audit names: few enough to be read in a list of events. */
const mostNamed = 400

/** An end of many sessions, and what the audit keeps of it. */
interface Ends {
  readonly which: Selection
  /** The user who holds all of them; null where they may belong to several users, or to guests. */
  readonly subjectId: string | null
  readonly by: ActedBy
  /** The filter as the caller gave it. */
  readonly filter?: SessionFilter
  readonly onProgress?: NonNullable<RevokeAllOptions['onProgress']>
}

/**
 * The status by which an end selects: it finds out by itself which sessions are alive, and marks those that have just expired.
 */
function statusToEnd(filter: SessionFilter): SessionFilter['status'] {
  return isOfLiving(filter) ? 'ANY' : filter.status
}

function isOfLiving({ status }: SessionFilter): boolean {
  return (status ?? 'ACTIVE') === 'ACTIVE'
}

/** Revokes sessions on the roster and in the store. */
export function createRevocation(options: RevocationOptions): Revocation {
  const { ending, users, patienceFor, notify } = options
  const { db, now } = ending
  return { revoke, revokeFor, revokeAll, revokeOwn, revokeOthers }

  async function revoke(id: SessionId, by: ActedBy): Promise<void> {
    const row = await db.session.findUnique({ where: { id }, select: { userId: true } })
    if (!(await endOne(ending, id))) throw new NotFound('session')
    await notify({ type: 'SESSION_REVOKED', ...by, sessionId: id, subjectId: row?.userId ?? null })
  }

  async function revokeFor(caller: Caller, id: SessionId): Promise<void> {
    await revoke(id, await actedBy(caller))
    await leaveIfOwn(caller, id)
  }

  async function revokeAll(
    filter: SessionFilter,
    by: ActedBy,
    { isDryRun = false, onProgress }: RevokeAllOptions = {},
  ): Promise<Revoked> {
    assertMeant(filter)
    const { userId, username, ...rest } = filter
    // Looks the users up first, so that the condition concerns columns of the Session row alone, and the database checks it
    // as it writes. A username never changes, so the user found here stays the right one.
    const named = await Promise.all([
      ...(userId == null ? [] : [users.find({ id: userId })]),
      ...(username == null ? [] : [users.find({ username })]),
    ])
    const subjectId = named[0]?.id ?? null
    const isOfNoUser = named.some((user) => user?.id !== subjectId)
    const options = { others: otherThan(by.sessionId, now()), now: now() }
    const which = isOfNoUser
      ? nothingSelected
      : await selectionOf(db, { ...rest, userId: subjectId, status: statusToEnd(rest) }, options)
    if (!isDryRun)
      return endAll({ which, subjectId, by, filter, ...(onProgress && { onProgress }) })
    const { count, since } = await countMatching(which, filter)
    const isComplete = count === 0 && since === null
    return { matchedCount: count, countedSince: since, revokedCount: 0, isComplete }
  }

  async function revokeOwn(caller: Caller, id: SessionId): Promise<void> {
    const { user } = await signedIn(caller)
    if (!(await endOneOf(ending, user.id, id))) throw new NotFound('session')
    const by = { actorId: user.id, sessionId: id, client: caller.client }
    await leaveIfOwn(caller, id)
    await notify({ type: 'SESSION_REVOKED', ...by, subjectId: user.id })
  }

  async function revokeOthers(caller: Caller): Promise<Revoked> {
    const { user, id } = await signedIn(caller)
    const where = {
      AND: [matching({ userId: user.id, status: 'ANY' }, now()), ...otherThan(id, now())],
    }
    const by = { actorId: user.id, sessionId: id, client: caller.client }
    const which = { where, places: sessionPlaces(db, { userId: user.id }) }
    return endAll({ which, subjectId: user.id, by })
  }

  function countMatching(which: Selection, filter: SessionFilter = {}): Promise<CountedSessions> {
    if (!isOfLiving(filter)) return countSelected(db, which)
    const where = { AND: [which.where, unindexed(alive(new Date(now())))] }
    return countSelected(db, { ...which, where })
  }

  /** Ends them in batches, and tells the audit of each before the next one ends. */
  async function endAll({ which, subjectId, by, filter, onProgress }: Ends): Promise<Revoked> {
    const mayGoOn = timeFor(patienceFor(by))
    const matched = await countMatching(which, filter)
    const tell = (sessions: readonly SessionId[]) => {
      const named = { ...(filter && { filter }), ...(sessions.length > 0 && { sessions }) }
      const detail = { ...named, count: sessions.length }
      return notify({ type: 'SESSIONS_REVOKED', ...by, subjectId, detail })
    }
    let endedCount = 0
    const where = { AND: [which.where, ...begunWithin(which.begun ?? {}, wholeList)] }
    const { count, isComplete } = await endSessions(ending, where, 'REVOKED', {
      // Where the count stopped, the number left is unknown: a batch must not take it for small.
      expected: matched.since === null ? matched.count : Infinity,
      async onEnded(sessions) {
        const count = Math.ceil(sessions.length / mostNamed)
        const parts = Array.from({ length: count }, (_, at) =>
          sessions.slice(at * mostNamed, (at + 1) * mostNamed),
        )
        await Promise.all(parts.map(tell))
        endedCount += sessions.length
        onProgress?.(endedCount)
      },
      mayGoOn,
    })
    if (count === 0) await tell([])
    // Sessions may have begun to match since the count, so that more ended than it has.
    const matchedCount = Math.max(matched.count, count)
    return { matchedCount, countedSince: matched.since, revokedCount: count, isComplete }
  }
}
