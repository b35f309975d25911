import type { Session } from '../../session/session.ts'
import type { SessionId } from '../../session/key.ts'

/** Every reason why a session is over. */
export const sessionEndReasons = [
  'LOGOUT',
  'REPLACED',
  'REVOKED',
  'PASSWORD_CHANGED',
  'USER_DEACTIVATED',
  'EXPIRED',
] as const

/** Why a session is over. */
export type SessionEndReason = (typeof sessionEndReasons)[number]

/** What a row of the roster says of its end. */
export interface Ending {
  readonly endedAt: Date | null
  readonly endReason: string | null
  readonly expiresAt: Date
}

/** Is the session of this row alive? `now` is in milliseconds since 1970. */
export function isAlive({ endedAt, expiresAt }: Ending, now: number): boolean {
  return endedAt === null && expiresAt.getTime() > now
}

/** Why the session of this row is over; null while it is alive. */
export function reasonOf(row: Ending, now: number): SessionEndReason | null {
  if (row.endedAt !== null) return row.endReason as SessionEndReason | null
  return isAlive(row, now) ? null : 'EXPIRED'
}

/** Why the session that the visitor's cookie names is over; null where it is not, or no cookie names one. */
export async function whyEnded(
  session: Session,
  roster: { endReason(id: SessionId): Promise<SessionEndReason | null> },
): Promise<SessionEndReason | null> {
  const presented = session.presentedId
  if (presented === null || (await session.id()) !== null) return null
  return roster.endReason(presented)
}

/** A session that opens no longer, as far as it is known. */
export interface Over {
  readonly id: SessionId
  /** When it would have expired, and what time it is: milliseconds since 1970. */
  readonly expiresAt: number
  readonly now: number
  /** Are records kept on this side? Otherwise each cookie carries one, and a newer cookie a newer one. */
  readonly keepsRecords: boolean
}

/**
 * Why a session that was open before is over. Null where that is not known: a store has lost its record, or only the cookie
 * that it was opened with has expired, and a newer one may carry it.
 */
export async function whyOver(
  roster: { endReason(id: SessionId): Promise<SessionEndReason | null> },
  { id, expiresAt, now, keepsRecords }: Over,
): Promise<SessionEndReason | null> {
  const written = await roster.endReason(id)
  if (written !== null) return written
  return keepsRecords && now >= expiresAt ? 'EXPIRED' : null
}
