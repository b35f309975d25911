import Bowser from 'bowser'
import type { SessionEndReason } from '../auth/roster.ts'
import { parseId } from '../session/key.ts'
import type { SessionStore } from '../session/store.ts'
import type { RosterRow } from './session-list.ts'

/** Is the session of this row alive? */
export function isActive({ endedAt, expiresAt }: RosterRow, now: number): boolean {
  return endedAt === null && expiresAt.getTime() > now
}

/** Why it is over; null while it is alive. */
export function endReasonOfRow(
  { endReason, expiresAt }: RosterRow,
  now: number,
): SessionEndReason | null {
  if (endReason !== null) return endReason as SessionEndReason
  return expiresAt.getTime() <= now ? 'EXPIRED' : null
}

/** Its decoded data, for staff; null where it ended, or no store of the server has it. */
export async function dataOf({ id, endedAt }: RosterRow, store: SessionStore) {
  const known = endedAt === null ? parseId(id) : null
  return known && ((await store.load(known))?.data ?? null)
}

/** The device, for people: Firefox on Linux. Null where the user agent tells nothing. */
export function deviceOf(userAgent: string | null): string | null {
  if (!userAgent) return null
  const { browser, os } = Bowser.parse(userAgent)
  const known = [browser.name, os.name].filter((name) => name !== undefined && name !== '')
  return known.length === 0 ? null : known.join(' on ')
}
