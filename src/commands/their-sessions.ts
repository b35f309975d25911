import { figure } from '../numbers.ts'

/** What became of the sessions of a user to whom something else was done, as a sentence. */
export function theirSessions(ended: number): string {
  if (ended === 0) return 'They had no session open.'
  return ended === 1 ? 'Their session ended.' : `Their ${figure(ended)} sessions ended.`
}
