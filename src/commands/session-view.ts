import type { App } from '../app.ts'
import type { NewSession } from '../auth/sessions/newest-sessions.ts'
import { deviceOf } from '../http/device.ts'
import { endedAtOf, isAlive, reasonOf } from '../auth/roster/why-ended.ts'
import { parseId } from '../session/key.ts'
import { CommandError, UsageError } from './terminal/terminal.ts'

/** What there is to say of a session, with the device that its user agent names. It holds no secret: the id is a hash, and opens nothing. */
export function viewOfSession(session: NewSession, now: number) {
  const { id, user, createdAt, lastSeenAt, expiresAt, ipAddress, userAgent } = session
  return {
    id,
    user: user && { id: user.id, username: user.username },
    isActive: isAlive(session, now),
    createdAt,
    lastSeenAt,
    expiresAt,
    endedAt: endedAtOf(session),
    endReason: reasonOf(session, now),
    ipAddress,
    device: deviceOf(userAgent),
    userAgent,
  }
}

/** The same, as `viewOfSession` gives it. */
export type SessionView = ReturnType<typeof viewOfSession>

/**
 * The whole id of the session whose id begins with `given`; with `alive`, of one that is alive. A whole id is not looked up: the
 * roster may not have a guest's. Throws `UsageError` for what is no id, and `CommandError` where none begins so, or more than one.
 */
export async function findId(
  sessions: Pick<App['sessions'], 'idsFrom'>,
  given: string,
  { alive }: { alive: boolean },
) {
  if (!/^[0-9a-f]{8,64}$/.test(given))
    throw new UsageError('An id is hexadecimal: give 8 characters of it or more.')
  const whole = parseId(given)
  if (whole !== null) return whole
  const [first, second] = await sessions.idsFrom(given, { alive, take: 2 })
  if (second !== undefined) throw new CommandError(`More than one session begins with ${given}.`)
  const id = first === undefined ? null : parseId(first)
  if (id === null) throw new CommandError(noSession(given))
  return id
}

/** What is said where there is no session `given`. */
export function noSession(given: string): string {
  return `There is no session ${given}.`
}
