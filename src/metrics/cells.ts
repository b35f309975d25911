/** A number that goes up. What counts holds it, and adds to it without any lookup. */
export interface Counter {
  value: number
}

/** How often something took how long. */
export interface Histogram {
  /** The upper bounds of its buckets, in seconds, ascending. */
  readonly bounds: readonly number[]
  /** How many observations each bucket has, not those below it; the last is for all above the highest bound. */
  readonly counts: number[]
  /** Seconds, of all observations together. */
  sum: number
}

/** A histogram that has observed nothing. */
export function createHistogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }
}

/** Takes note of something that took `seconds`. A clock that was set back counts as no time at all. */
export function observe(histogram: Histogram, seconds: number): void {
  const { bounds, counts } = histogram
  let at = 0
  while (at < bounds.length && seconds > (bounds[at] as number)) at++
  counts[at] = (counts[at] as number) + 1
  if (seconds > 0) histogram.sum += seconds
}
