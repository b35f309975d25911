import type { Soon } from '../waiting/soon.ts'
import type { SessionDefinitions } from './record/data.ts'
import type { SessionEvents } from './streams/events.ts'
import { idleAge, limitPolicy } from './record/expiry.ts'
import type { Expiry, ExpiryPolicy } from './record/expiry.ts'
import type { WriterQueue } from './queue.ts'
import type { SessionAuth } from './record/record.ts'
import type { SessionRoster } from './roster.ts'
import type { SessionStore } from './store.ts'
import type { TouchPause } from './touch-pause.ts'

/** What every session of a server shares. */
export interface SessionSettings {
  readonly store: SessionStore
  readonly policy: ExpiryPolicy
  readonly definitions: SessionDefinitions
  /** The most JSON that a session's data may hold, in bytes. */
  readonly maxBytes: number
  readonly queue: WriterQueue
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** SESSION_SAVE_EVERY_REQUEST: does a request that only reads keep its session alive? */
  readonly saveEveryRequest?: boolean
  readonly touchPause?: TouchPause
  /**
   * Counts guests' sessions that begin, sessions of a guest or of the same user whose place a login takes, changes that are
   * applied again, and requests whose cookies this server cannot have made.
   */
  readonly counts?: { started(): void; replaced(): void; replayed(): void; foreign(): void }
  /** Gets the id of a session after each write to it, so that its streams look again. */
  readonly events?: Pick<SessionEvents, 'publish'>
}

/**
 * The operator's clocks for sessions of this user; `auth` is null for a guest. `expiry` is what a session that is about to be
 * written has asked for: where it ends as soon by itself, this does not look up the user's limit.
 */
export function policyOf(
  { policy }: Pick<SessionSettings, 'policy'>,
  roster: SessionRoster,
  auth: SessionAuth | null,
  expiry?: Expiry,
): Soon<ExpiryPolicy> {
  const asked = expiry === undefined ? null : idleAge(expiry, policy)
  const longest = auth && roster.longestIdle(auth.userId, asked ?? Infinity)
  if (!(longest instanceof Promise)) return limitPolicy(policy, longest)
  return longest.then((seconds) => limitPolicy(policy, seconds))
}
