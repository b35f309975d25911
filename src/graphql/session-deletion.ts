import type { ActedBy } from '../auth/audit.ts'
import { endSessions } from '../auth/ending.ts'
import type { SessionCondition } from '../auth/ending.ts'
import { isStorable } from '../session/data.ts'
import type { SessionId } from '../session/key.ts'
import type { Application } from './context.ts'
import { matching } from './session-list.ts'
import type { SessionFilter } from './session-list.ts'
import { findUser } from './user-list.ts'
import { invalid } from '../refusals.ts'
import { usernameKey } from '../auth/username.ts'

/** Which sessions are to end. */
export interface Selected {
  readonly where: SessionCondition
  /** Whose they all are; null where they may be of several users, or of guests. */
  readonly subjectId: string | null
}

/**
 * Which sessions a staff member asks to end at once: what the filter matches, save the caller's own. Throws
 * `InvalidInput` for a filter that would match more than its writer may have meant: one that is empty, or has a null or
 * an empty text where a script had nothing to put.
 */
export async function selected(
  app: Pick<Application, 'db' | 'settings'>,
  filter: SessionFilter,
  own: SessionId | null,
): Promise<Selected> {
  checkFilter(filter)
  const { userId, username, ...rest } = filter
  const conditions: SessionCondition[] = [matching(rest, app.settings.now(), usernameKey)]
  if (own !== null) conditions.push({ id: { not: own } })
  // Asked first, the rest is one row's own columns, which a database judges as it writes. Usernames never change.
  const users = await Promise.all([
    ...(userId == null ? [] : [findUser(app.db, userId)]),
    ...(username == null ? [] : [findByName(app.db, username)]),
  ])
  for (const user of users) conditions.push(user ? { userId: user.id } : { id: { in: [] } })
  return { where: { AND: conditions }, subjectId: users[0]?.id ?? null }
}

/** An end of many sessions, and what the audit keeps of it. */
export interface Revocation extends Selected {
  readonly by: ActedBy
  /** What was asked for, as it was given. */
  readonly filter?: SessionFilter
  /** Asked before each batch but the first: false leaves the rest alive. */
  readonly mayGoOn?: () => boolean
}

/**
 * Ends the sessions in batches, each of them written down in the audit before the next one ends. Says how many matched
 * and how many ended, which are fewer where some were over already or `mayGoOn` stopped it.
 */
export async function revokeMatching(
  app: Pick<Application, 'db' | 'settings' | 'log' | 'notify'>,
  { where, subjectId, by, filter, mayGoOn }: Revocation,
) {
  const matched = await app.db.session.count({ where })
  const tell = (sessions: readonly SessionId[]) =>
    app.notify({
      type: 'SESSIONS_REVOKED',
      ...by,
      subjectId,
      detail: {
        ...(filter && { filter }),
        count: sessions.length,
        ...(sessions.length > 0 && { sessions }),
      },
    })
  const options = { onEnded: tell, ...(mayGoOn && { mayGoOn }) }
  const { count, isComplete } = await endSessions(app, where, 'REVOKED', options)
  if (count === 0) await tell([])
  // Some may have begun to match since they were counted.
  return { matchedCount: Math.max(matched, count), revokedCount: count, isComplete }
}

/** Goes on for half as long as an operation may take, so that its answer still arrives. */
export function untilHalfTime({ operationTime }: Pick<Application, 'operationTime'>) {
  const end = performance.now() + operationTime / 2
  return () => performance.now() < end
}

function checkFilter(filter: SessionFilter): void {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (given.length === 0)
    throw invalid('filter', { message: 'Must name something.', code: 'REQUIRED' })
  for (const [name, value] of given) {
    if (value === null)
      throw invalid(['filter', name], {
        message: 'Must not be null: leave it out.',
        code: 'NOT_ALLOWED',
      })
    if (value === '')
      throw invalid(['filter', name], { message: 'Must not be empty.', code: 'TOO_SHORT' })
  }
}

async function findByName(db: Application['db'], username: string) {
  const key = usernameKey(username)
  // PostgreSQL would fail over the question.
  if (!isStorable(key)) return null
  return db.user.findUnique({ where: { usernameKey: key }, select: { id: true } })
}
