import { createKeyedQueue } from '../../waiting/keyed-queue.ts'

/** Does `work` when it is its turn at `key`; or comes to how long to wait, in milliseconds. */
export type Turns = <Result>(
  key: string,
  work: () => Promise<Result | number>,
) => Promise<Result | number>

/**
 * Lets one attempt at a key in at a time, within one process. An attempt that waits behind one that has to wait is given
 * the same answer, and so is one that waits behind a failure: two hundred attempts at once ask the database a few times
 * and leave its connections to others, and where it hangs, none waits for longer than the first.
 */
export function createTurns(): Turns {
  const inTurn = createKeyedQueue<unknown>()

  return (key, work) =>
    inTurn(key, async (before) => {
      if (before === null) return work()
      if ('failed' in before) throw before.failed
      return typeof before.found === 'number' ? before.found : work()
    })
}
