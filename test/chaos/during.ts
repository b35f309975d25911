/** When something lasted: milliseconds of one clock. The end is null where it is not known. */
interface Times {
  readonly begin: number
  readonly end: number | null
}

/** Finds what lasted at any time between two moments, both included. What has no known end is not found. */
type Find<Item> = (from: number, to: number) => Item[]

/** How long one drawer of an index covers, in milliseconds. */
const drawer = 1000

/**
 * Gives each list its index, made at the first question about it, so nothing may be added to that list any more. It looks only at
 * what lasted near the two moments: an hour's operations are half a million.
 */
export function createIndexes<Item extends object>(
  timesOf: (item: Item) => Times,
): (all: readonly Item[]) => Find<Item> {
  const indexes = new WeakMap<readonly Item[], Find<Item>>()
  return (all) => {
    const index = indexes.get(all) ?? indexOf(all, timesOf)
    indexes.set(all, index)
    return index
  }
}

function indexOf<Item>(all: readonly Item[], timesOf: (item: Item) => Times): Find<Item> {
  const drawers = new Map<number, Item[]>()
  let last = 0
  for (const item of all) {
    const { begin, end } = timesOf(item)
    if (end === null) continue
    last = Math.max(last, numberOf(end))
    for (let at = numberOf(begin); at <= numberOf(end); at++) {
      const known = drawers.get(at)
      if (known) known.push(item)
      else drawers.set(at, [item])
    }
  }
  return (from, to) => {
    const found = new Set<Item>()
    for (let at = Math.max(0, numberOf(from)); at <= Math.min(last, numberOf(to)); at++)
      for (const item of drawers.get(at) ?? []) {
        const { begin, end } = timesOf(item)
        if (begin <= to && end !== null && from <= end) found.add(item)
      }
    return [...found]
  }
}

const numberOf = (time: number) => Math.floor(time / drawer)
