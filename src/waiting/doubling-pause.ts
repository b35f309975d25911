/** The shortest and the longest pause between tries, in milliseconds. */
export interface Pauses {
  readonly first: number
  readonly longest: number
}

/** How long to wait before the next try, in milliseconds: after `failures` in a row, from 0, twice as long as after one less. */
export function doublingPause({ first, longest }: Pauses, failures: number): number {
  return Math.min(first * 2 ** failures, longest)
}

/** The same for what many try at once: shorter by up to a half, by chance, so that not all come back at one moment. */
export function scatteredPause(pauses: Pauses, failures: number): number {
  return doublingPause(pauses, failures) * (0.5 + Math.random() / 2)
}
