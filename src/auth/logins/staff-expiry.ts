import type { ExpiryPolicy } from '../../session/record/expiry.ts'

/** The settings that say for how long staff stay signed in. */
export interface StaffExpiryOptions {
  /** SESSION_STAFF_AGE, in seconds. */
  readonly staffAge: number
  readonly policy: Pick<ExpiryPolicy, 'expireAtBrowserClose'>
}

/**
 * The expiry that a sign-in for staff asks for: the idle time of staff. Where the operator wants cookies to end with the
 * browser, it asks for nothing, because a cookie with an age outlives the browser: then SESSION_COOKIE_AGE counts.
 */
export function staffExpiry({ staffAge, policy }: StaffExpiryOptions): number | null {
  return policy.expireAtBrowserClose ? null : staffAge
}
