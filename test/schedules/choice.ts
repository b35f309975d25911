/** A step that may be next: one call of one request, and what becomes of it. */
export interface Choice {
  /** The same in every run that has taken the same steps so far, so that a schedule can be played again. */
  readonly id: string
  readonly by: string
  /** Complete once the step was taken: a transaction finds out as it goes along. */
  readonly touches: readonly Resource[]
}

/** Something that calls share. `name` '*' stands for all of a kind, and `kind` '*' for all there is. */
export interface Resource {
  readonly kind: string
  readonly name: string
  readonly writes: boolean
}

/**
 * Does the order of the two make a difference, where both may be next? Two calls that one request waits for at the same
 * time change places as those of two requests do; two fates of one call do not.
 */
export function depend(a: Choice, b: Choice): boolean {
  if (callOf(a) === callOf(b)) return true
  return a.touches.some((one) => b.touches.some((other) => clash(one, other)))
}

function callOf({ id }: Choice): string {
  return id.replace(/ (fails|late|killed)$/, '')
}

function clash(one: Resource, other: Resource): boolean {
  if (!one.writes && !other.writes) return false
  if (one.kind === '*' || other.kind === '*') return true
  if (one.kind !== other.kind) return false
  return one.name === other.name || one.name === '*' || other.name === '*'
}
