import type { Database } from '../../database/database.ts'

/**
 * In this time, in milliseconds, an end is carried out by batches that lie evenly in it. Streams end within two seconds: those of
 * other processes hear of it by the file of SQLite half a second later.
 */
export function unhurried({ othersVersion }: Pick<Database, 'othersVersion'>): number {
  return othersVersion ? 1_200 : 1_500
}

/** How an end of many goes. */
export interface Progress {
  /** Milliseconds since its first batch began. */
  readonly spent: number
  /** How many sessions are left; infinite where that is not known. */
  readonly left: number
  /** How many rows a batch had. */
  readonly rows: number
  /** In how many milliseconds it should be over. */
  readonly within: number
}

/** How long each batch that is left may take, with the pause after it, for all to be over in time. */
function shareOf({ spent, left, rows, within }: Progress): number {
  return (within - spent) / Math.max(1, Math.ceil(left / rows))
}

/**
 * How long to wait after a batch that `took` so long, in milliseconds: from a quarter of that to four times as long. Once the
 * time is over it does not wait: on a busy machine each batch takes long, and what its caller has no time for stays alive.
 */
export function restAfter(took: number, progress: Progress): number {
  if (progress.spent >= progress.within) return 0
  const even = shareOf(progress) - took
  return Math.max(1, Math.min(4 * took, Math.max(took / 4, even)))
}

/** How many times the usual rows a batch may have. */
const mostTimes = 4

/**
 * How many rows the next batch has, after one that `took` so long in milliseconds; `usual` are those of a machine that has
 * time. On a busy one each batch waits for the processor several times, whatever its size. So where they come much too late,
 * the next one has twice as many rows: few large batches end more sessions before the caller's time is over.
 */
export function rowsAfter(took: number, progress: Progress, usual: number): number {
  const isLate = Number.isFinite(progress.left) && took > 2 * shareOf(progress)
  return isLate ? Math.min(2 * progress.rows, mostTimes * usual) : usual
}
