import { createPlaces } from './places.ts'

/** Does `work` when there is a place for it. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

/**
 * Runs `count` calls at a time, the others in the order they came. Before a caller waits, it calls `refuse` with how many
 * wait already: what that throws, the caller gets.
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
