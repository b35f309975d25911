import type { ExpiryPolicy } from '../../session/record/expiry.ts'

/** The settings that say for how long staff stay signed in. */
export interface StaffExpiryOptions {
  /** SESSION_STAFF_AGE, in seconds. */
  readonly staffAge: number
  readonly policy: Pick<ExpiryPolicy, 'expireAtBrowserClose'>
}

/**
 * What the sign-in of a page for staff asks for: the idle time of staff. Where the operator wants cookies to go when the
 * browser closes, it asks for nothing, because the cookie of an age outlives the browser: SESSION_COOKIE_AGE counts then.
 */
export function staffExpiry({ staffAge, policy }: StaffExpiryOptions): number | null {
  return policy.expireAtBrowserClose ? null : staffAge
}
