import { createPlaces } from './places.ts'

/** Does `work` when there is a place for it. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

/**
 * Lets so many in at a time, the others in the order they came. `refuse` is asked before a caller waits, with how many
 * wait already: what it throws is the answer.
 */
export function createGate(count: number, refuse?: (waiting: number) => void): Gate {
  const places = createPlaces(count)

  return async (work) => {
    if (!places.take()) {
      refuse?.(places.waiting)
      await places.wait()
    }
    try {
      return await work()
    } finally {
      places.leave()
    }
  }
}
