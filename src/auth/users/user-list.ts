import type { Database } from '../../database/database.ts'
import { literal, spellings } from '../../database/literal.ts'
import { within } from '../lists/keyset.ts'
import type { KeysetRange, Position } from '../lists/keyset.ts'
import { look, searchPage } from '../lists/search.ts'
import type { Found, Looked, Searched } from '../lists/search.ts'
import { fitsColumn, longestName } from '../lists/column-text.ts'
import { userColumns } from './user.ts'
import type { User } from './user.ts'
import { usernameKey } from './username.ts'

/** The users of this server, for staff. `search` finds them by a part of their username or address; null finds all. */
export interface UserList {
  /** The users in `range`, newest first by the instant that they joined, then by id. */
  list(search: string | null, range: KeysetRange): Promise<User[]>
  count(search: string | null): Promise<number>
  /** Lists as `list` does, as far as it has looked: its cost does not grow with the table. */
  look(search: string | null, range: KeysetRange): Promise<Looked<User>>
  /** One page of what `look` finds, for people. */
  search(search: string | null, after: Position | null, take: number): Promise<Found<User>>
  /**
   * At most `most` usernames that begin so, in the order of the names. The database may sort some of them elsewhere, by the
   * rules of a language: these are for a reader to choose from, and no filter.
   */
  namesBeginning(start: string, most: number): Promise<string[]>
}

/** The list in the User table. */
export function createUserList(db: Database): UserList {
  return {
    list,
    count: (search) => db.user.count({ where: usersMatching(search) }),
    async look(search, range) {
      // Without a search each row of the walk belongs to the page.
      if (search === null) return { rows: await list(null, range), cutAt: null }
      return look(searchedBy(search), range)
    },
    search: (search, after, take) =>
      searchPage({ ...searchedBy(search), instantOf: ({ dateJoined }) => dateJoined }, after, take),
    namesBeginning,
  }

  async function namesBeginning(start: string, most: number): Promise<string[]> {
    const key = usernameKey(start)
    if (key === '' || !fitsColumn(start, longestName)) return []
    const rows = await db.user.findMany({
      where: { usernameKey: { gte: key } },
      orderBy: { usernameKey: 'asc' },
      take: 4 * most, // some languages sort others between them
      select: { username: true, usernameKey: true },
    })
    const beginning = rows.filter(({ usernameKey: name }) => name.startsWith(key))
    return beginning.slice(0, most).map(({ username }) => username)
  }

  function searchedBy(search: string | null): Searched<User> {
    return { list: (range) => list(search, range), places }
  }

  function list(search: string | null, { take, direction, ...ends }: KeysetRange) {
    return db.user.findMany({
      where: { AND: [usersMatching(search), ...within(ends, (dateJoined) => ({ dateJoined }))] },
      orderBy: [{ dateJoined: direction }, { id: direction }],
      take,
      select: userColumns,
    })
  }

  async function places({ take, direction, ...ends }: KeysetRange, skip: number) {
    const rows = await db.user.findMany({
      where: { AND: within(ends, (dateJoined) => ({ dateJoined })) },
      orderBy: [{ dateJoined: direction }, { id: direction }],
      select: { dateJoined: true, id: true },
      skip,
      take,
    })
    return rows.map(({ dateJoined, id }) => ({ at: dateJoined, id }))
  }
}

function usersMatching(search: string | null) {
  if (search === null) return {}
  if (!fitsColumn(search, longestName)) return { id: { in: [] } }
  const key = usernameKey(search)
  // No username holds white space, and every one holds the empty text that trimming leaves of it.
  const isPart = key !== '' || search === ''
  return {
    OR: [
      ...(isPart ? [{ usernameKey: { contains: literal(key) } }] : []),
      // An account that does not hold its address has no key of it.
      { emailKey: { contains: literal(search.toLowerCase()) } },
      ...spellings(search).map((text) => ({ email: { contains: literal(text) } })),
    ],
  }
}
