import type { Throttle } from '../src/auth/throttle/throttle.ts'

/** Counts nothing: for tests that are not about how often passwords are tried. */
export const noThrottle: Throttle = {
  guard: (_attempt, work) => work(),
  guardRegistration: (_address, work) => work(),
}
