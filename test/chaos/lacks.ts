/** A time in which the machine had no processor for this program, or the program itself was busy, in milliseconds. */
export interface Lack {
  readonly from: number
  readonly to: number
}

/** How often it is looked at, and what a timer may be late for no such reason, in milliseconds. */
const beat = 20
const rounding = 2

/** Notes, until it is stopped, by how much a timer is late: whatever runs beside it has to wait as long. One after another. */
export function noteLacks(now: () => number): { readonly lacks: readonly Lack[]; stop(): void } {
  const lacks: Lack[] = []
  const wait = () => {
    const due = now() + beat
    return setTimeout(() => {
      const to = now()
      if (to > due + rounding) lacks.push({ from: due, to })
      timer = wait()
    }, beat).unref()
  }
  let timer = wait()
  return { lacks, stop: () => clearTimeout(timer) }
}
