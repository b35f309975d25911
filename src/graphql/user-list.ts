import type { DefaultConnectionArguments } from '@pothos/plugin-relay'
import { userColumns, usernameKey } from '../auth/user.ts'
import type { User } from '../auth/user.ts'
import type { Database } from '../database/database.ts'
import { readPage, within } from './keyset.ts'

/** Users whose username or e-mail address contains `search`, as a condition; all of them where it is null or left out. */
export function usersMatching(search: string | null | undefined) {
  if (search == null) return {}
  // No text holds a NUL, and PostgreSQL fails over the question.
  if (search.includes('\0')) return { id: { in: [] } }
  const texts = [...new Set([search, search.toLowerCase()])]
  return {
    OR: [
      { usernameKey: { contains: usernameKey(search) } },
      ...texts.map((text) => ({ email: { contains: text } })),
    ],
  }
}

/** A page of the users that `search` finds, newest first by dateJoined, then id. */
export function pageOfUsers(
  db: Database,
  search: string | null | undefined,
  args: DefaultConnectionArguments,
) {
  const where = usersMatching(search)
  return readPage<User>(args, {
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
  // No text holds a NUL, and PostgreSQL fails over the question.
  if (id.includes('\0')) return null
  return db.user.findUnique({ where: { id }, select: userColumns })
}
