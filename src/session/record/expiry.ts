import { longestCookieAge } from '../../config/longest-cookie.ts'
import { invalid } from '../../refusals.ts'

/**
 * How long a session lives without activity: the server's policy (null), a number of seconds, until the browser closes
 * (the policy's clock still runs on the server), or a fixed instant that no activity moves.
 */
export type Expiry = null | number | 'browser' | { readonly at: number }

/** The clocks of a session. Instants are milliseconds since 1970. */
export interface Clocks {
  readonly expiry: Expiry
  readonly createdAt: number
  /** The last activity that was written down: behind the truth by a tenth of the idle age at most. */
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly absoluteExpiresAt: number | null
}

/** The operator's clocks, in seconds. */
export interface ExpiryPolicy {
  /** SESSION_COOKIE_AGE: idle time. */
  readonly age: number
  /** SESSION_ABSOLUTE_AGE: the longest life, whatever the activity (OWASP, NIST SP 800-63B); 0 for none. */
  readonly absoluteAge: number
  /** SESSION_EXPIRE_AT_BROWSER_CLOSE: the default for a session without an expiry of its own. */
  readonly expireAtBrowserClose: boolean
  /** The longest idle time of the session's user, whatever they asked for: see `limitPolicy`. Left out: no limit. */
  readonly longestIdle?: number
}

/** The longest idle time that a visitor may ask for, in seconds: neither the session nor its cookie can last longer. */
export function longestExpiry({ absoluteAge }: ExpiryPolicy): number {
  return absoluteAge || longestCookieAge
}

/**
 * The expiry that a visitor asks for, in seconds: 0 until the browser closes, null for the policy. Throws `InvalidInput` past
 * `longest`.
 */
export function askedExpiry(seconds: number | null, longest: number): Expiry {
  if (seconds === null) return null
  if (seconds < 0 || seconds > longest) {
    const code = seconds < 0 ? 'TOO_SMALL' : 'TOO_LARGE'
    throw invalid('seconds', { message: `From 0 to ${longest}.`, code, min: 0, max: longest })
  }
  return seconds === 0 ? 'browser' : seconds
}

/**
 * The policy for a session whose user may be idle for `longestIdle` seconds at most; null for no limit. The server writes and
 * reads every clock by it, so no login and no later change gets past the limit. The session keeps what the visitor asked for,
 * and follows it again once the limit is gone.
 */
export function limitPolicy(policy: ExpiryPolicy, longestIdle: number | null): ExpiryPolicy {
  if (longestIdle === null) return policy
  const made = limited.get(policy)
  if (made?.longestIdle === longestIdle) return made
  const fresh = { ...policy, longestIdle }
  limited.set(policy, fresh)
  return fresh
}

/** The last limited policy made of each policy: a request of staff asks several times, and all of staff have one limit. */
const limited = new WeakMap<ExpiryPolicy, ExpiryPolicy>()

/** Seconds of inactivity that end a session; null where a fixed instant ends it instead. */
export function idleAge(expiry: Expiry, policy: ExpiryPolicy): number | null {
  const { age, longestIdle = Infinity } = policy
  if (expiry === null || expiry === 'browser') return Math.min(age, longestIdle)
  if (typeof expiry === 'number') return Math.min(expiry, longestIdle)
  return policy.longestIdle ?? null
}

/** The clocks of a session that begins `now`. */
export function startClocks(expiry: Expiry, policy: ExpiryPolicy, now: number): Clocks {
  const absoluteExpiresAt = absoluteEnd(policy, now)
  const expiresAt = idleEnd(expiry, policy, now, absoluteExpiresAt)
  return { expiry, createdAt: now, lastSeenAt: now, expiresAt, absoluteExpiresAt }
}

/** The end that no activity postpones, counted from a creation or login at `now`; null where the operator sets none. */
export function absoluteEnd(policy: ExpiryPolicy, now: number): number | null {
  return policy.absoluteAge === 0 ? null : now + policy.absoluteAge * 1000
}

/** The clocks after activity at `now`. */
export function advance(clocks: Clocks, policy: ExpiryPolicy, now: number) {
  const expiresAt = idleEnd(clocks.expiry, policy, now, clocks.absoluteExpiresAt)
  const { absoluteExpiresAt } = clocks
  return { lastSeenAt: now, expiresAt, absoluteExpiresAt }
}

/** Is the session over at `now`? At the instant of its end it is. `policy` may have a limit that is newer than the clocks. */
export function isExpired(clocks: Clocks, now: number, policy?: ExpiryPolicy): boolean {
  return (
    now >= Math.min(clocks.expiresAt, latestEnd(clocks, policy)) ||
    (clocks.absoluteExpiresAt !== null && now >= clocks.absoluteExpiresAt)
  )
}

/** Do the clocks run past the limit of `policy`? Then a touch writes an earlier end. */
export function isPastLimit(clocks: Clocks, policy: ExpiryPolicy): boolean {
  return clocks.expiresAt > latestEnd(clocks, policy)
}

/** The limit counts from the last activity, which may have been a tenth of the idle age after `lastSeenAt`. */
function latestEnd({ lastSeenAt }: Clocks, policy?: ExpiryPolicy): number {
  return policy?.longestIdle === undefined ? Infinity : lastSeenAt + policy.longestIdle * 1100
}

/**
 * Has a tenth of the idle age passed since the last touch, or do the clocks run past the limit? A fixed instant without a
 * limit has nothing to write. A last touch that lies a tenth in the future comes from a clock that was wrong then: a touch is
 * due.
 */
export function isTouchDue(clocks: Clocks, policy: ExpiryPolicy, now: number): boolean {
  if (isPastLimit(clocks, policy)) return true
  const age = idleAge(clocks.expiry, policy)
  return age !== null && Math.abs(now - clocks.lastSeenAt) >= age * 100
}

/** Does the visitor's browser drop the cookie when it closes? */
export function expiresAtBrowserClose(expiry: Expiry, policy: ExpiryPolicy): boolean {
  return expiry === null ? policy.expireAtBrowserClose : expiry === 'browser'
}

function idleEnd(
  expiry: Expiry,
  policy: ExpiryPolicy,
  now: number,
  absolute: number | null,
): number {
  const age = idleAge(expiry, policy)
  const idle = age === null ? Infinity : now + age * 1000
  const fixed = typeof expiry === 'object' && expiry !== null ? expiry.at : Infinity
  return Math.min(idle, fixed, absolute ?? Infinity)
}

/** How long the mark that a change of key leaves can be read, in milliseconds: longer than it asks for the outcome of a lost call. */
const markIsRead = 10_000

/** Is it the mark of a change of key? That ends the record which it has copied as one that expired when it began. */
export function isMark({ createdAt, expiresAt }: Pick<Clocks, 'createdAt' | 'expiresAt'>): boolean {
  return expiresAt <= createdAt
}

/** For a medium that forgets by itself: for how many milliseconds from `now` on it keeps a record with these clocks. */
export function keptFor(clocks: Pick<Clocks, 'createdAt' | 'expiresAt'>, now: number): number {
  return isMark(clocks) ? markIsRead : clocks.expiresAt - now
}
