import { idOf } from './key.ts'
import type { SessionKey } from './key.ts'
import type { SessionRoster } from './roster.ts'
import type { Session } from './session.ts'

/** A session of a request, and the roster that it asks. */
export interface OpenedSession<Roster extends SessionRoster> {
  readonly session: Session
  readonly roster: Roster
}

/** How many different keys a request may look up: changes of settings leave fewer, and each costs a call to the store. */
const most = 8

/**
 * The session of a request with several keys. Browsers send every cookie of a name: of a parent domain, of another path, or
 * from before a change of settings. The key that opens a live session counts. Where two do, an attacker on a subdomain may
 * have added one (cookie tossing): then this calls `warn`, and the request has no session.
 */
export async function pickSession<Roster extends SessionRoster>(
  keys: readonly SessionKey[],
  open: (key: SessionKey | null) => OpenedSession<Roster>,
  warn: (message: string) => void,
): Promise<OpenedSession<Roster>> {
  if (keys.length > most) {
    warn(`A request carried more than ${most} different session cookies, and was given no session.`)
    return open(null)
  }
  const candidates = keys.map(open)
  const ids = await Promise.all(candidates.map(({ session }) => session.id()))
  const live = candidates.filter((_candidate, at) => ids[at] !== null)
  const [only, another] = live
  if (another !== undefined) {
    warn('A request carried cookies of two live sessions, and was given no session.')
    return open(null)
  }
  return only ?? (await replaced(keys, candidates)) ?? open(null)
}

/** Of keys that open nothing: the one whose key change crossed this request; else the first. */
async function replaced<Roster extends SessionRoster>(
  keys: readonly SessionKey[],
  candidates: readonly OpenedSession<Roster>[],
): Promise<OpenedSession<Roster> | undefined> {
  for (const [at, key] of keys.entries()) {
    const candidate = candidates[at]
    if (await candidate?.roster.isSuperseded(idOf(key))) return candidate
  }
  return candidates[0]
}
