import Bowser from 'bowser'
import { LRUCache } from 'lru-cache'
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
  const record = known && (await store.load(known))
  return record && record.data
}

/** The device, for people: Firefox on Linux. Null where the user agent tells nothing. */
export function deviceOf(userAgent: string | null): string | null {
  if (!userAgent) return null
  const kept = devices.get(userAgent)
  if (kept) return kept.device
  const device = recognise(userAgent)
  devices.set(userAgent, { device })
  return device
}

/** Recognising one takes up to 150 µs, and a list asks for the same few over and over. */
const devices = new LRUCache<string, { readonly device: string | null }>({ max: 1000 })

function recognise(userAgent: string): string | null {
  const { browser, os } = Bowser.parse(userAgent)
  const known = [browser.name, os.name].filter((name) => name !== undefined && name !== '')
  return known.length === 0 ? null : known.join(' on ')
}
