/** Does `work` when there is a place for it. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>

/**
 * Lets `places` in at a time, the others in the order they came. `refuse` is asked before anybody waits, with how many
 * wait already: what it throws is the answer.
 */
export function createGate(places: number, refuse?: (waiting: number) => void): Gate {
  const waiting: (() => void)[] = []
  let free = places

  return async (work) => {
    if (free > 0) free--
    else {
      refuse?.(waiting.length)
      await new Promise<void>((enter) => waiting.push(enter))
    }
    try {
      return await work()
    } finally {
      const enter = waiting.shift()
      if (enter) enter()
      else free++
    }
  }
}
