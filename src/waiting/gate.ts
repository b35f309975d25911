import { createPlaces } from './places.ts'

/** Does `work` when there is a place for it. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

/** How busy a gate is. */
export interface GateLoad {
  /** How many calls run. */
  readonly running: number
  /** How many wait for a place. */
  readonly waiting: number
}

/**
 * Runs `count` calls at a time, the others in the order they came. Before a caller waits, it calls `refuse` with how many
 * wait already: what that throws, the caller gets.
 */
export function createGate(
  count: number,
  refuse?: (waiting: number) => void,
): Gate & { readonly load: GateLoad } {
  const places = createPlaces(count)
  let running = 0
  const load: GateLoad = {
    get running() {
      return running
    },
    get waiting() {
      return places.waiting
    },
  }

  return Object.assign(enter, { load })

  async function enter<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!places.take()) {
      refuse?.(places.waiting)
      await places.wait()
    }
    running++
    try {
      return await work()
    } finally {
      running--
      places.leave()
    }
  }
}
