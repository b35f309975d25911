/** Does `work` when it is its turn at `key`; or comes to how long to wait, in milliseconds. */
export type Turns = <Result>(
  key: string,
  work: () => Promise<Result | number>,
) => Promise<Result | number>

/**
 * Lets one attempt at a key in at a time, within one process. Whoever waits behind one that has to wait is given the
 * same answer, and so is whoever waits behind a failure: two hundred attempts at once ask the database a few times and
 * leave its connections to others, and where it hangs, nobody waits for longer than the first.
 */
export function createTurns(): Turns {
  const tails = new Map<string, Promise<unknown>>()

  return async <Result>(key: string, work: () => Promise<Result | number>) => {
    const before = tails.get(key) ?? Promise.resolve(null)
    const turn = before.then((outcome) => (typeof outcome === 'number' ? outcome : work()))
    tails.set(key, turn)
    try {
      return await turn
    } finally {
      if (tails.get(key) === turn) tails.delete(key)
    }
  }
}
