import type { Database } from '../../database/database.ts'
import { deviceOf } from '../../http/device.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import type { AuthEvent } from './auth-event.ts'

/** What there is to know about an event beside what it says. What costs a question to the database is asked for. */
export interface EventContext {
  /** When it happened. */
  readonly at: Date
  /** The device, for people: Firefox on Linux. Null where the user agent tells nothing, and without a client. */
  readonly device: string | null
  /** Whom it happened to, as they are now; null for no user of ours. Of a failed login: who has the name that was typed. */
  user(): Promise<User | null>
  /**
   * Is it a login by a device that this user has not signed in with before? False for a user's first login, which is no
   * news to them. Devices are compared by their names, as far back as the audit reaches (AUDIT_RETENTION).
   */
  isNewDevice(): Promise<boolean>
}

/**
 * Told of every event once it has happened and the audit has it, one at a time, in the order in which they happened:
 * Django's `user_logged_in`, `user_login_failed`, `user_logged_out` and more, as one function. No login, and no other
 * listener, waits for it or fails with it: the operator's log says where it throws, or takes longer than ten seconds over
 * an event, after which it is told the next. A process that is killed has told it nothing of what still waited.
 */
export type AuthListener = (event: AuthEvent, about: EventContext) => void | Promise<void>

/** What an `EventContext` asks. */
export interface ContextOptions {
  readonly db: Pick<Database, 'auditEvent'>
  readonly users: Pick<Users, 'find'>
}

/** The context of an event that happened at `at`. */
export function contextOf(event: AuthEvent, at: Date, { db, users }: ContextOptions): EventContext {
  return {
    at,
    device: deviceOf(event.client?.userAgent ?? null),
    async user() {
      if ('username' in event) return users.find({ username: event.username })
      return event.subjectId === null ? null : users.find({ id: event.subjectId })
    },
    isNewDevice: async () => event.type === 'LOGIN' && isNewDevice(db, event),
  }
}

async function isNewDevice(
  db: Pick<Database, 'auditEvent'>,
  { subjectId, sessionId, client }: AuthEvent & { readonly type: 'LOGIN' },
): Promise<boolean> {
  const logins = { subjectId, type: 'LOGIN' }
  const own = await db.auditEvent.findFirst({
    where: { ...logins, sessionId },
    select: { id: true, at: true },
  })
  // Of two logins at once by a new device, the first in the audit is the news.
  const before = own && { OR: [{ at: { lt: own.at } }, { at: own.at, id: { lt: own.id } }] }
  const seen = await db.auditEvent.groupBy({
    by: ['userAgent'],
    where: { ...logins, ...(before ?? { sessionId: { not: sessionId } }) },
  })
  const name = nameOf(client?.userAgent ?? null)
  return seen.length > 0 && seen.every(({ userAgent }) => nameOf(userAgent) !== name)
}

/** A user agent that names no device stands for itself, as far as the audit keeps it. */
function nameOf(userAgent: string | null): string {
  return deviceOf(userAgent) ?? userAgent?.slice(0, 512) ?? ''
}
