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

/** What a stream saw of its session when it last saw it open: instants in milliseconds since 1970. */
export interface LastSight {
  readonly at: number
  /** When it would expire; null where that is not known, because a newer cookie may carry a later end. */
  readonly expiresAt: number | null
}

/** What is known of a session that opens nothing any more. */
export interface SessionFate {
  /** Why it is over; null while it is alive, and where that is not known. */
  readonly reason: SessionEndReason | null
  /**
   * Until when its row calls it alive, in milliseconds since 1970; null where it does not, or where a change of the user has
   * ended it. Where the engine keeps records elsewhere, the row is later than the record while a write is under way.
   */
  readonly aliveUntil: number | null
}

/** Says why a session is over. */
export interface KnowsEnds {
  /** Null while it is alive, and where that is not known. For a caller who never saw it open. */
  endReason(id: SessionId): Promise<SessionEndReason | null>
  /** For a stream: `seen` is what it saw of the session last. */
  fate(id: SessionId, seen: LastSight): Promise<SessionFate>
}

/** Why the session that the visitor's cookie names is over; null where it is not, or no cookie names one. */
export async function whyEnded(
  session: Session,
  roster: Pick<KnowsEnds, 'endReason'>,
): Promise<SessionEndReason | null> {
  const presented = session.presentedId
  if (presented === null || (await session.id()) !== null) return null
  return roster.endReason(presented)
}
