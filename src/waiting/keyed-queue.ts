import type { Release } from './release.ts'

/** How the turn before this one ended. */
export type Before<Outcome> = { readonly found: Outcome } | { readonly failed: unknown }

/**
 * Does `work` when its turn at `key` has come, and gives its result. `work` gets how the turn before ended; null where there was
 * none. Where `release` lets a turn go while it waits, the call rejects with the reason, and does no work. A turn that is under
 * way goes on.
 */
export type KeyedQueue<Outcome> = <Result extends Outcome>(
  key: string,
  work: (before: Before<Outcome> | null) => Promise<Result>,
  release?: Release,
) => Promise<Result>

/** Lets in one caller at a time for each key, in the order they came, within one process. Forgets a key with its last turn. */
export function createKeyedQueue<Outcome>(): KeyedQueue<Outcome> {
  const tails = new Map<string, Promise<Before<Outcome>>>()

  return (key, work, release) => {
    if (release?.reason) return Promise.reject(release.reason)
    const before = tails.get(key)
    if (before === undefined) return follow(key, work(null))
    return new Promise((resolve, reject) => {
      let isWaiting = true
      release?.onLetGo((reason) => {
        if (!isWaiting) return
        isWaiting = false
        reject(reason)
      })
      const tail = before.then((ended) => {
        if (!isWaiting) return ended // let go: the next turn hears how the turn before this one ended
        isWaiting = false
        const turn = work(ended)
        turn.then(resolve, reject)
        return ending(turn)
      })
      keep(key, tail)
    })
  }

  function follow<Result extends Outcome>(key: string, turn: Promise<Result>): Promise<Result> {
    keep(key, ending(turn))
    return turn
  }

  function ending(turn: Promise<Outcome>): Promise<Before<Outcome>> {
    return turn.then(
      (found) => ({ found }),
      (failed: unknown) => ({ failed }),
    )
  }

  function keep(key: string, tail: Promise<Before<Outcome>>): void {
    tails.set(key, tail)
    void tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key)
    })
  }
}
