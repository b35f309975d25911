import type { Database } from '../../database/database.ts'

/**
 * The time over which an end of many spreads its batches, in milliseconds. Streams must end within two seconds, and other
 * processes learn of an end by SQLite's file half a second later.
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

/** How long each remaining batch may take, with the pause after it, for all to be over in time. */
function shareOf({ spent, left, rows, within }: Progress): number {
  return (within - spent) / Math.max(1, Math.ceil(left / rows))
}

/**
 * How long to wait after a batch that `took` so long, in milliseconds: from a quarter of that to four times as long. Once the
 * time is over it does not wait, because sessions that the caller has no time for stay alive.
 */
export function restAfter(took: number, progress: Progress): number {
  if (progress.spent >= progress.within) return 0
  const even = shareOf(progress) - took
  return Math.max(1, Math.min(4 * took, Math.max(took / 4, even)))
}

/** How many times the usual rows a batch may have. */
const mostTimes = 4

/**
 * How many rows the next batch has, after one that `took` so long, in milliseconds; `usual` on a machine that has time. On a
 * busy one each batch waits for the processor several times, whatever its size. So where batches are much too late, the next
 * has twice as many rows: few large batches end more sessions in the caller's time.
 */
export function rowsAfter(took: number, progress: Progress, usual: number): number {
  const isLate = Number.isFinite(progress.left) && took > 2 * shareOf(progress)
  return isLate ? Math.min(2 * progress.rows, mostTimes * usual) : usual
}
