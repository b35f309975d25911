import { createKeyedQueue } from '../../waiting/keyed-queue.ts'

/** Does `work` when it is its turn at `key`, or resolves with how long to wait, in milliseconds. */
export type Turns = <Result>(
  key: string,
  work: () => Promise<Result | number>,
) => Promise<Result | number>

/**
 * Lets one attempt at a key in at a time, within one process. Where an attempt fails or has to wait, those queued behind it
 * get the same answer. So two hundred attempts at once make only a few queries, and where the database hangs, none waits
 * longer than the first.
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
