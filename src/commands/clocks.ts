import type { Database } from '../database/database.ts'

/** From where on two clocks that differ are a warning, and an error, in milliseconds. A few hours without NTP come to the first. */
export const [noticed, harmful] = [2_000, 30_000]

/** What the operator does about clocks that differ. */
export const setClocks = 'Let NTP set both clocks: timedatectl says whether it does.'

/**
 * The least that the clock of this machine can be away from the database's, in milliseconds. 0 where the database has none of its
 * own. Rejects where it does not answer.
 */
export async function askSkew({ clock }: Pick<Database, 'clock'>): Promise<number> {
  if (clock === null) return 0
  const before = Date.now()
  const theirs = await clock()
  const after = Date.now()
  // Halfway is the best guess at when.
  return Math.max(0, Math.abs(theirs - (before + after) / 2) - (after - before) / 2)
}
