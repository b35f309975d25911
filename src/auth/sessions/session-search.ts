import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { KeysetRange, Position } from '../lists/keyset.ts'
import { look as lookIn, searchPage } from '../lists/search.ts'
import type { Found, Looked, Searched } from '../lists/search.ts'
import type { Users } from '../users/users.ts'
import { among, fewSessions } from './few-sessions.ts'
import { begunAnyTime, begunWithin, byUserId, matching } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'
import { listedColumns } from './session-list.ts'
import type { ListedSession, SessionList } from './session-list.ts'
import { sessionPlaces } from './selection.ts'

/** How many sessions are alive, as far as the count went. */
export interface SessionTally {
  readonly signedIn: number
  readonly guests: number
  /** Are there more than it counted? */
  readonly isMore: boolean
}

/** Finds sessions for people, at a cost that does not grow with the table. */
export interface SessionSearch {
  /** The sessions in `range`, newest first by the instant that they began, as far as it has looked. */
  look(filter: SessionFilter, range: KeysetRange): Promise<Looked<ListedSession>>
  /** One page of what `look` finds, for people. */
  search(filter: SessionFilter, after: Position | null, take: number): Promise<Found<ListedSession>>
  /** How many are alive, counted to a bound. */
  tally(): Promise<SessionTally>
}

/** What the search works on. */
export interface SessionSearchOptions {
  readonly db: Database
  readonly sessions: Pick<SessionList, 'list'>
  readonly users: Pick<Users, 'find'>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Where an index shows that at most so many sessions may match, it looks at all of them, as a first page does. */
const mostRare = 2_000

/** How many rows `tally` counts. */
const counted = 10_000

/** How long it shows a tally that stopped at its bound again, in milliseconds: one more session does not change it. */
const tallyKept = 5_000

/** Every row whose clock has not run out, by the index of that column, those that were ended earlier included. */
export const aliveRows = statement<{
  readonly rows: number
  readonly alive: number | null
  readonly signedIn: number | null
}>(
  `SELECT CAST(count(*) AS INTEGER) AS "rows",
    CAST(sum(CASE WHEN s."endedAt" IS NULL THEN 1 ELSE 0 END) AS INTEGER) AS "alive",
    CAST(sum(CASE WHEN s."endedAt" IS NULL AND s."userId" IS NOT NULL THEN 1 ELSE 0 END) AS INTEGER) AS "signedIn"
   FROM (SELECT "endedAt", "userId" FROM "Session" WHERE "expiresAt" > $1 LIMIT $2) AS s`,
)

/** The search in the Session table. */
export function createSessionSearch(options: SessionSearchOptions): SessionSearch {
  const { db, sessions, users, now } = options
  let kept: { readonly tally: SessionTally; readonly until: number } | null = null
  return { look, search, tally }

  async function look(filter: SessionFilter, range: KeysetRange) {
    const known = await byUserId(users, filter)
    return known === null ? { rows: [], cutAt: null } : lookIn(searchedBy(known), range)
  }

  async function search(filter: SessionFilter, after: Position | null, take: number) {
    const known = await byUserId(users, filter)
    if (known === null) return { rows: [], next: null, isCut: false }
    const instantOf = ({ createdAt }: ListedSession) => createdAt
    return searchPage({ ...searchedBy(known), instantOf }, after, take)
  }

  function searchedBy(filter: SessionFilter): Searched<ListedSession> {
    const list = (range: KeysetRange) => sessions.list(filter, range)
    return { list, places: sessionPlaces(db, filter), rare: (range) => rare(filter, range) }
  }

  /** Asks PostgreSQL for all places: for some of them it might walk along the list, however far the first one is. */
  async function rare(filter: SessionFilter, { take, direction, ...ends }: KeysetRange) {
    const few = await fewSessions(db, filter, mostRare)
    if (few === null) return null
    const isMeant = { AND: [matching(begunAnyTime(filter), now()), ...begunWithin(filter, ends)] }
    const orderBy = [{ createdAt: direction }, { id: direction }]
    const all = await db.session.findMany({
      where: among(few, isMeant),
      orderBy,
      select: { id: true },
    })
    const ids = all.slice(0, take).map(({ id }) => id)
    return db.session.findMany({ where: { id: { in: ids } }, orderBy, select: listedColumns })
  }

  async function tally(): Promise<SessionTally> {
    if (kept !== null && kept.until > now()) return kept.tally
    const row = await db.statements.first(aliveRows, [new Date(now()), counted + 1])
    const signedIn = row?.signedIn ?? 0
    const guests = (row?.alive ?? 0) - signedIn
    const found = { signedIn, guests, isMore: (row?.rows ?? 0) > counted }
    kept = found.isMore ? { tally: found, until: now() + tallyKept } : null
    return found
  }
}
