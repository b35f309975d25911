/** Chance that can be played again: the same seed draws the same numbers. */
export interface Chance {
  /** From 0 to 1, which it never is. */
  next(): number
  /** A whole number from `least` to `most`, both among them. */
  between(least: number, most: number): number
  /** One of them. Throws where there is none. */
  pick<Item>(items: readonly Item[]): Item
  /** Does what happens so often happen this time? */
  isHit(share: number): boolean
  /** Another chance, which takes nothing from this one from now on. */
  fork(): Chance
}

/** Draws by mulberry32, which is even enough to choose faults by. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    pick(items) {
      const item = items[between(0, items.length - 1)]
      if (item === undefined) throw new Error('There is nothing to pick.')
      return item
    },
    isHit: (share) => next() < share,
    fork: () => createChance(between(0, 2 ** 31)),
  }
}
