import type { Users } from '../users/users.ts'
import type { SessionFilter } from './session-filter.ts'

/** The filter by the id of its user, for which there is an index; null where there is no such user. */
export async function byUserId(
  users: Pick<Users, 'find'>,
  { username, ...filter }: SessionFilter,
): Promise<SessionFilter | null> {
  if (username == null) return filter
  const user = await users.find({ username })
  if (user === null || (filter.userId != null && filter.userId !== user.id)) return null
  return { ...filter, userId: user.id }
}
