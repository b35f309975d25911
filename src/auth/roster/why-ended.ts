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

/** The columns of a row that tell whether its session is over, and why. */
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

/**
 * When the session of this row was ended; null where it was not. Null also where it had expired, and an end of many marked its
 * row (sessions/ending.ts).
 */
export function endedAtOf({ endedAt, endReason }: Omit<Ending, 'expiresAt'>): Date | null {
  return endReason === 'EXPIRED' ? null : endedAt
}

/** What a stream saw when it last saw its session open. Instants are in milliseconds since 1970. */
export interface LastSight {
  readonly at: number
  /** When it would expire; null where a newer cookie may carry a later end. */
  readonly expiresAt: number | null
}

/** What the roster knows of a session that no longer opens. */
export interface SessionFate {
  /** Why it is over; null while it is alive, or where the reason is not known. */
  readonly reason: SessionEndReason | null
  /**
   * Until when its row is alive, in milliseconds since 1970; null where it is not, or where a change of the user has ended
   * it. Where the engine keeps records elsewhere, the row ends later than the record while a write is under way.
   */
  readonly aliveUntil: number | null
}

/** Says why a session is over. */
export interface KnowsEnds {
  /** For a caller who never saw the session open. Null while it is alive, or where the reason is not known. */
  endReason(id: SessionId): Promise<SessionEndReason | null>
  /** For a stream, which last saw `seen`. */
  fate(id: SessionId, seen: LastSight): Promise<SessionFate>
}

/** Why the session that the visitor's cookie names is over; null where it is not over, or there is no cookie. */
export async function whyEnded(
  session: Session,
  roster: Pick<KnowsEnds, 'endReason'>,
): Promise<SessionEndReason | null> {
  const presented = session.presentedId
  if (presented === null || (await session.id()) !== null) return null
  return roster.endReason(presented)
}
