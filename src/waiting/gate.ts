import { createPlaces } from './places.ts'

/** Does `work` when there is a place for it, and gives its result. Rejects as `work` does. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

/** How busy a gate is. */
export interface GateLoad {
  /** How many calls run. */
  readonly running: number
  /** How many wait for a place. */
  readonly waiting: number
}

/** A gate that says how busy it is. */
export type WatchedGate = Gate & { readonly load: GateLoad }

/**
 * Runs `count` calls at a time. The others wait, and run in the order they came. Before a call waits, the gate calls `refuse` with
 * how many wait already: the call rejects with what that throws, and does not wait.
 */
export function createGate(count: number, refuse?: (waiting: number) => void): WatchedGate {
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

/**
 * A gate of two, one behind the other: a call that `own` has let in runs once `shared` lets it in too. Until then it waits,
 * and the load says so.
 */
export function createGateBefore(shared: Gate, own: WatchedGate): WatchedGate {
  let running = 0
  const load: GateLoad = {
    get running() {
      return running
    },
    get waiting() {
      return own.load.waiting + own.load.running - running
    },
  }

  return Object.assign(enter, { load })

  function enter<Result>(work: () => Promise<Result>): Promise<Result> {
    return own(() =>
      shared(async () => {
        running++
        try {
          return await work()
        } finally {
          running--
        }
      }),
    )
  }
}
