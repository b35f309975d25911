import { doublingPause } from '../waiting/doubling-pause.ts'

/** A worker that has served for so long has started well, in milliseconds. */
export const goodLife = 10_000

/**
 * How long the primary waits for a SIGTERM of its own when a worker has got one, in milliseconds, before it starts another: a
 * supervisor, or `timeout`, sends it to all processes of a group, and workers that start while all stop lengthen the drain.
 */
export const signalOfGroup = 500

/** The first pause before a worker is started again, and the longest, in milliseconds. */
const pauses = { first: 100, longest: 30_000 }

/** After so many short lives in a row the primary gives up, unless a worker serves that has started well. */
const mostShortLives = 5

/** When a worker that ended is started again. */
export interface Restarts {
  /**
   * A worker has ended that has served for `life` milliseconds; null: it never came to that. Says in how many milliseconds
   * another shall start; null: never, because workers end as soon as they start. `isSteady`: does one serve that started well?
   */
  afterEnd(life: number | null, isSteady: boolean): number | null
}

/**
 * The restarts of one command. One that has served for long is replaced at once. The pauses grow with the short lives in a
 * row, whichever worker's they are, and a worker that starts well ends the row.
 */
export function createRestarts(): Restarts {
  let shortLives = 0
  return {
    afterEnd(life, isSteady) {
      if (life !== null && life >= goodLife) {
        shortLives = 0
        return 0
      }
      shortLives++
      if (!isSteady && shortLives >= mostShortLives) return null
      return doublingPause(pauses, shortLives - 1)
    },
  }
}
