import type { LoginFailure } from './auth-event.ts'

/** Every reason, in words for staff. */
export const failureWords: Readonly<Record<LoginFailure, string>> = {
  WRONG_CREDENTIALS: 'wrong username or password',
  NOT_STAFF: 'right password, not staff',
  INACTIVE: 'right password, deactivated user',
  VETOED: 'a backend vetoed it',
}

/** `reason` of an event's detail. Null for what is none, in an event of an earlier release or of a later one. */
export function failureFrom(reason: unknown): LoginFailure | null {
  const isKnown = typeof reason === 'string' && Object.hasOwn(failureWords, reason)
  return isKnown ? (reason as LoginFailure) : null
}
