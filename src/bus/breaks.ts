/** After so many breaks in a short while, an operator should know. A restart of the server that carries the bus is one or two. */
const several = 5

/** How long the short while is, in milliseconds. Within it `tell` is called once at the most. */
const shortWhile = 300_000

/**
 * Gives a function to call whenever the bus, having carried, breaks. It calls `tell` where that has happened several times in a
 * short while: a bus that comes back at once each time is never down for long enough to be told of.
 */
export function createBreaks(tell: (times: number, seconds: number, error: Error) => void) {
  let since = -Infinity
  let times = 0
  return (error: Error): void => {
    const at = performance.now()
    if (at - since > shortWhile) {
      since = at
      times = 0
    }
    if (++times === several) tell(times, Math.ceil((at - since) / 1000), error)
  }
}
