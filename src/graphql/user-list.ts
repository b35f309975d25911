import type { DefaultConnectionArguments } from '@pothos/plugin-relay'
import { userColumns } from '../auth/user.ts'
import type { User } from '../auth/user.ts'
import type { Database } from '../database/database.ts'
import { isStorable } from '../session/data.ts'
import type { Context } from './context.ts'
import { readPage, within } from './keyset.ts'
import { literal, spellings } from './literal.ts'
import { usernameKey } from '../auth/username.ts'

/** No username or address is longer (RFC 5321). */
const longestText = 254

/** Users whose username or e-mail address contains `search`, as a condition; all of them where it is null or left out. */
export function usersMatching(search: string | null | undefined) {
  if (search == null) return {}
  // PostgreSQL would fail over what cannot be stored, and SQLite over what is too long.
  if (search.length > longestText || !isStorable(search)) return { id: { in: [] } }
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

/** A page of the users that `search` finds, newest first by dateJoined, then id. */
export function pageOfUsers(
  { app: { db }, budget }: Context,
  search: string | null | undefined,
  args: DefaultConnectionArguments,
) {
  const where = usersMatching(search)
  return readPage<User>(args, budget, {
    name: 'users',
    instantOf: ({ dateJoined }) => dateJoined,
    find: ({ take, direction, ...range }) =>
      db.user.findMany({
        where: { AND: [where, ...within(range, (dateJoined) => ({ dateJoined }))] },
        orderBy: [{ dateJoined: direction }, { id: direction }],
        take,
        select: userColumns,
      }),
    count: () => db.user.count({ where }),
  })
}

/** The user of this id; null where there is none. */
export async function findUser(db: Database, id: string): Promise<User | null> {
  if (!isStorable(id)) return null
  return db.user.findUnique({ where: { id }, select: userColumns })
}
