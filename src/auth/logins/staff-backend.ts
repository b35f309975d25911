import type { AuthenticationBackend } from './backend.ts'

/**
 * The same backend, for staff alone. It refuses any other user as one whose password is wrong, while the throttle still
 * counts: neither the answer nor the next delay tells a caller that they have found a password.
 */
export function forStaff(backend: AuthenticationBackend): AuthenticationBackend {
  return {
    name: backend.name,
    async authenticate(...asked) {
      const answer = await backend.authenticate(...asked)
      return answer === null || answer === 'veto' || answer.isStaff ? answer : 'veto'
    },
  }
}
