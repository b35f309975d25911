import type { Clear } from './expired.ts'
import { isBusy } from './load.ts'
import type { MeasureLoad } from './load.ts'

/** How a sweep takes turns with requests. */
export interface Turns {
  readonly measureLoad: MeasureLoad
  /** Says between two steps whether to go on. */
  readonly mayGoOn: () => Promise<boolean>
  /** Aborts where the process stops, which cuts pauses short. `mayGoOn` says no then. */
  readonly over: AbortSignal
  /** How many things one step may remove, at the most. */
  readonly most: number
}

/** How long a step should take, in milliseconds: on SQLite it holds the writer's lock and the event loop meanwhile. */
const stepTime = 3

/** The fewest things that one step removes. */
const fewest = 10

/** The shortest pause between two steps, and the longest that requests can force, in milliseconds. */
const [shortPause, longPause] = [10, 1000]

/** How many times as long as the step before it a pause is, so that requests have most of the time. */
const share = 3

/**
 * Removes what expired at or before `at`, step by step. Returns how many things that were, and calls `onStep` with the number
 * of each step. A slow step makes the next one smaller. While requests wait, it still takes one smallest step a second, so
 * that a server that is always busy does not fill up.
 */
export async function sweep(
  clear: Clear,
  at: number,
  turns: Turns,
  onStep: (removed: number) => void = () => {},
): Promise<number> {
  let size = fewest
  let total = 0
  const steps = clear(at, () => size)[Symbol.asyncIterator]()
  try {
    for (let took = 0; (await quiet(took, turns)) && (await turns.mayGoOn());) {
      const start = performance.now()
      const { done, value } = await steps.next()
      if (done) break
      total += value
      onStep(value)
      took = performance.now() - start
      size = sizeAfter(size, took, turns.most)
    }
  } finally {
    await steps.return?.()
  }
  return total

  /** Resolves, always with true, once requests leave room, or have had the whole time for long enough. */
  async function quiet(took: number, { measureLoad, over }: Turns): Promise<true> {
    let load = await measureLoad(Math.max(shortPause, share * took), over)
    for (let pause = 50; isBusy(load) && pause <= longPause / 2; pause *= 2)
      load = await measureLoad(pause, over)
    if (isBusy(load)) size = fewest
    return true
  }
}

function sizeAfter(size: number, took: number, most: number): number {
  const factor = Math.min(1.5, Math.max(0.25, stepTime / took))
  return Math.round(Math.min(most, Math.max(fewest, size * factor)))
}
