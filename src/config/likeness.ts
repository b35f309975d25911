/** How many letters of a name may be wrong. A short one, such as PORT, is near to too much that is something else. */
export function bearable({ length }: string): number {
  if (length < 6) return 0
  return length < 10 ? 1 : 2
}

/**
 * How many letters must be put in, taken out or changed to make `to` of `from` (Levenshtein). Infinity as soon as they
 * must be more than `most`.
 */
export function distanceOf(from: string, to: string, most: number): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let at = 1; at <= from.length; at++) {
    const next = [at]
    for (let other = 1; other <= to.length; other++) {
      const changed = (row[other - 1] ?? 0) + (from[at - 1] === to[other - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[other] ?? 0) + 1, (next[other - 1] ?? 0) + 1))
    }
    row = next
    if (Math.min(...row) > most) return Infinity
  }
  return row[to.length] ?? 0
}
