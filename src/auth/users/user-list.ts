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
}

/** The list in the User table. */
export function createUserList(db: Database): UserList {
  return {
    list,
    count: (search) => db.user.count({ where: usersMatching(search) }),
    async look(search, range) {
      // Without a search each row that is looked at is one of the page.
      if (search === null) return { rows: await list(null, range), cutAt: null }
      return look(searchedBy(search), range)
    },
    search: (search, after, take) =>
      searchPage({ ...searchedBy(search), instantOf: ({ dateJoined }) => dateJoined }, after, take),
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
  // White space alone is in no username, and what is left of it would be in every one.
  const isPart = key !== '' || search === ''
  return {
    OR: [
      ...(isPart ? [{ usernameKey: { contains: literal(key) } }] : []),
      // An address that another account had before has no key of its own.
      { emailKey: { contains: literal(search.toLowerCase()) } },
      ...spellings(search).map((text) => ({ email: { contains: literal(text) } })),
    ],
  }
}
