import type { Database } from '../../database/database.ts'
import { newest, wholeList } from '../lists/keyset.ts'
import { userColumns } from '../users/user.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import { among, someSessions } from './few-sessions.ts'
import type { SomeSessions } from './few-sessions.ts'
import { countSelected, otherThan, sessionPlaces, walkOf } from './selection.ts'
import { begunAnyTime, begunWithin, byUserId, earliest, matching } from './session-filter.ts'
import type { SessionCondition, SessionFilter } from './session-filter.ts'

/** What an end by a filter would end. */
export interface SessionPreview {
  /** How many match: exactly, or at least so many where `isMore`. */
  readonly count: number
  /** Did the count stop? Then there may be more. */
  readonly isMore: boolean
  /** Whose they are, or whose some of them are. */
  readonly owners: Owners
}

/** Shows what an end of many sessions would end. */
export interface Previewing {
  /**
   * How many sessions match, without the session `own`, and whose they are. It stops once it has found `enough`, or after
   * half a second: the cost does not grow with the table.
   */
  preview(filter: SessionFilter, options: PreviewOptions): Promise<SessionPreview>
}

/** Which session to leave out, and how many sessions are enough. */
export interface PreviewOptions {
  readonly own: string | null
  readonly enough: number
}

/** The parts that a preview works on. */
export interface PreviewingOptions {
  readonly db: Database
  readonly users: Pick<Users, 'find'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How many sessions it looks at: as many as a first page of the list, and more where these are not enough. */
const [few, many] = [2_000, 10_000]

/** The preview in the Session table. */
export function createPreviewing({ db, users, now }: PreviewingOptions): Previewing {
  return { preview }

  async function preview(
    filter: SessionFilter,
    { own, enough }: PreviewOptions,
  ): Promise<SessionPreview> {
    const known = await byUserId(users, filter)
    if (known === null) return { count: 0, isMore: false, owners: noOwners }
    const others = otherThan(own, now())
    let owners = noOwners
    for (const look of [
      () => byIndex(known, few),
      () => alongTheList(known),
      () => byIndex(known, many),
    ]) {
      const some = await look()
      if (some === null) continue
      const seen = await ownersOf(db, { AND: [...others, some.which] })
      if (seen.count > owners.count) owners = seen
      if (some.areAll || seen.count >= enough)
        return { count: seen.count, isMore: !some.areAll, owners: seen }
    }
    const walk = walkOf(db, known, { others, now: now() })
    const { count, since } = await countSelected(db, walk, enough)
    return { count: Math.max(count, owners.count), isMore: since !== null, owners }
  }

  /** The sessions that an index finds by a part of the filter that few match; null where the filter has no such part. */
  async function byIndex(filter: SessionFilter, most: number): Promise<SomeSessions | null> {
    const some = await someSessions(db, filter, most)
    return some && { ...some, which: among(some.which, matching(filter, now())) }
  }

  /** The sessions that match among the newest. */
  async function alongTheList(filter: SessionFilter): Promise<SomeSessions> {
    const [beyond] = await sessionPlaces(db, filter)(newest(1), few)
    const begun = { ...filter, createdAfter: filter.createdAfter ?? earliest }
    const ends = { ...wholeList, before: beyond ?? null }
    const which = { AND: [matching(begunAnyTime(filter), now()), ...begunWithin(begun, ends)] }
    return { which, areAll: beyond === undefined }
  }
}

/** A user, or null for guests, and how many of the sessions are theirs. */
export interface SessionsOfUser {
  readonly user: User | null
  readonly count: number
}

/** The owners of some sessions. */
export interface Owners {
  /** How many sessions these are. */
  readonly count: number
  /** Guests, and the users who have the most of them, these first. */
  readonly named: readonly SessionsOfUser[]
  readonly others: { readonly users: number; readonly sessions: number }
}

/** How many users it names. It counts the others. */
const mostNamed = 12

/** The owners of no sessions. */
const noOwners: Owners = { count: 0, named: [], others: { users: 0, sessions: 0 } }

/** The owners of the sessions that `which` matches. It reads all of them. */
async function ownersOf(
  db: Pick<Database, 'session' | 'user'>,
  which: SessionCondition,
): Promise<Owners> {
  const found = await db.session.groupBy({ by: ['userId'], where: which, _count: { _all: true } })
  const counts = found.map(({ userId, _count }) => ({ userId, count: _count._all }))
  const most = counts.toSorted((a, b) => rankOf(b) - rankOf(a))
  const [named, others] = [most.slice(0, mostNamed), most.slice(mostNamed)]
  const ids = named.map(({ userId }) => userId).filter((id) => id !== null)
  const rows = await db.user.findMany({ where: { id: { in: ids } }, select: userColumns })
  const byId = new Map(rows.map((user) => [user.id, user]))
  return {
    count: sumOf(most),
    // The sessions of a user who was deleted meanwhile are gone too.
    named: named
      .filter(({ userId }) => userId === null || byId.has(userId))
      .map(({ userId, count }) => ({ user: byId.get(userId ?? '') ?? null, count })),
    others: { users: others.length, sessions: sumOf(others) },
  }
}

/** Guests do not count among the other users. */
function rankOf({
  userId,
  count,
}: {
  readonly userId: string | null
  readonly count: number
}): number {
  return userId === null ? Infinity : count
}

function sumOf(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}
