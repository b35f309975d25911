import { InvalidInput } from '../auth/invalid-input.ts'
import type { InvalidFieldCode } from '../auth/invalid-input.ts'
import { usernameKey } from '../auth/user.ts'
import type { SessionCondition } from '../auth/ending.ts'
import { isStorable } from '../session/data.ts'
import type { SessionId } from '../session/key.ts'
import type { Application } from './context.ts'
import { matching } from './session-list.ts'
import type { SessionFilter } from './session-list.ts'

/**
 * Which sessions a staff member asks to end at once: what the filter matches, save the caller's own. Throws
 * `InvalidInput` for a filter that would match more than its writer may have meant: one that is empty, or has a null or
 * an empty text where a script had nothing to put, or a text that LIKE takes for any.
 */
export async function bulkCondition(
  { db, settings }: Pick<Application, 'db' | 'settings'>,
  filter: SessionFilter,
  own: SessionId | null,
): Promise<SessionCondition> {
  checkFilter(filter)
  const { username, ...rest } = filter
  const conditions: SessionCondition[] = [matching(rest, settings.now(), usernameKey)]
  if (own !== null) conditions.push({ id: { not: own } })
  // Nobody changes their username: asked first, the rest is one row's own columns, which a database judges as it writes.
  if (username != null) conditions.push(await usersCondition(db, username))
  return { AND: conditions }
}

function checkFilter(filter: SessionFilter): void {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (given.length === 0) throw invalid(['filter'], 'Must name something.', 'REQUIRED')
  for (const [name, value] of given) {
    if (value === null)
      throw invalid(['filter', name], 'Must not be null: leave it out.', 'NOT_ALLOWED')
    if (value === '') throw invalid(['filter', name], 'Must not be empty.', 'TOO_SHORT')
  }
  if (/^[%_]+$/.test(filter.userAgentContains ?? ''))
    throw invalid(['filter', 'userAgentContains'], 'Must not stand for any text.', 'NOT_ALLOWED')
}

async function usersCondition(db: Application['db'], username: string): Promise<SessionCondition> {
  const key = usernameKey(username)
  // PostgreSQL would fail over the question.
  const user = isStorable(key)
    ? await db.user.findUnique({ where: { usernameKey: key }, select: { id: true } })
    : null
  return user === null ? { id: { in: [] } } : { userId: user.id }
}

function invalid(path: string[], message: string, code: InvalidFieldCode): InvalidInput {
  return new InvalidInput([{ path, message, code }])
}
