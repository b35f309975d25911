import type { Database } from '../../database/database.ts'

/**
 * In this time, in milliseconds, an end is carried out by batches that lie evenly in it. Streams end within two seconds: those of
 * other processes hear of it by the file of SQLite half a second later.
 */
export function unhurried({ othersVersion }: Pick<Database, 'othersVersion'>): number {
  return othersVersion ? 1_200 : 1_500
}

/**
 * How long to wait after a batch that `took` so long, in milliseconds: from a quarter of that to four times as long. Once the
 * time is over it does not wait: on a busy machine each batch takes long, and what its caller has no time for stays alive.
 */
export function restAfter(
  took: number,
  { spent, batches, within }: { spent: number; batches: number; within: number },
): number {
  if (spent >= within) return 0
  const even = (within - spent) / Math.max(1, batches) - took
  return Math.max(1, Math.min(4 * took, Math.max(took / 4, even)))
}
