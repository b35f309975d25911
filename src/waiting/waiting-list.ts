import { loopTime } from './loop-clock.ts'

/** A wait for something, from `since` until `due`. Both times are of `loopTime`, in milliseconds. */
export interface Wait {
  readonly since: number
  readonly due: number
  /** Ends the wait without what was waited for. */
  readonly giveUp: (reason: Error) => void
}

/** All waits at one place. The list has no timer: its owner looks at it at every tick of the loop clock. */
export interface WaitingList {
  /** The wait that began first; null where there is none. */
  readonly oldest: Wait | null
  /** Adds a wait of so many milliseconds. */
  add(milliseconds: number, giveUp: Wait['giveUp']): Wait
  /** Ends a wait whose result is there. False where the wait is not on the list any more. */
  remove(wait: Wait): boolean
  /** Takes the waits off the list whose time has passed. The owner gives them up. */
  takeLate(): readonly Wait[]
  /** Takes all waits off the list. The owner gives them up. */
  takeAll(): readonly Wait[]
}

/** An empty list. */
export function createWaitingList(): WaitingList {
  const waits = new Set<Wait>()

  return {
    get oldest() {
      for (const wait of waits) return wait
      return null
    },
    add(milliseconds, giveUp) {
      const since = loopTime()
      const wait = { since, due: since + milliseconds, giveUp }
      waits.add(wait)
      return wait
    },
    remove: (wait) => waits.delete(wait),
    takeLate: () => take((wait) => loopTime() >= wait.due),
    takeAll: () => take(() => true),
  }

  function take(isTaken: (wait: Wait) => boolean): readonly Wait[] {
    const taken = [...waits].filter(isTaken)
    for (const wait of taken) waits.delete(wait)
    return taken
  }
}
