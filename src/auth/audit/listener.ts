import type { Database } from '../../database/database.ts'
import { deviceOf } from '../../http/device.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import type { AuthEvent } from './auth-event.ts'

/** More about an event. The functions ask the database. */
export interface EventContext {
  /** When it happened. */
  readonly at: Date
  /** The device, for people: Firefox on Linux. Null where the user agent says nothing, or there is no client. */
  readonly device: string | null
  /**
   * The user it happened to, as they are now; null for no user of ours. For a failed login: the user who has the typed name.
   */
  user(): Promise<User | null>
  /**
   * Is it a login by a device that this user has not signed in with before? False for a user's first login. Compares devices
   * by their names, as far back as the audit goes (AUDIT_RETENTION).
   */
  isNewDevice(): Promise<boolean>
}

/**
 * Called with every event, one at a time and in their order, once the audit has it: Django's `user_logged_in`,
 * `user_login_failed`, `user_logged_out` and more, as one function. No login and no other listener waits for it or fails with
 * it. Where it throws, or takes longer than ten seconds over an event, the server logs that and goes on to the next event.
 * Events that still wait when the process is killed are lost.
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
  // Of two logins at once by a new device, only the first in the audit counts as new.
  const before = own && { OR: [{ at: { lt: own.at } }, { at: own.at, id: { lt: own.id } }] }
  const seen = await db.auditEvent.groupBy({
    by: ['userAgent'],
    where: { ...logins, ...(before ?? { sessionId: { not: sessionId } }) },
  })
  const name = nameOf(client?.userAgent ?? null)
  return seen.length > 0 && seen.every(({ userAgent }) => nameOf(userAgent) !== name)
}

/** Where a user agent names no device, the device's name is the user agent itself, as the audit keeps it. */
function nameOf(userAgent: string | null): string {
  return deviceOf(userAgent) ?? userAgent?.slice(0, 512) ?? ''
}
