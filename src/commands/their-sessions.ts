import { figure } from '../numbers.ts'

/** A sentence on how many of a user's sessions ended by a change of their account. */
export function theirSessions(ended: number): string {
  if (ended === 0) return 'They had no session open.'
  return ended === 1 ? 'Their session ended.' : `Their ${figure(ended)} sessions ended.`
}
