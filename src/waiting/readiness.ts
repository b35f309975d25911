import type { Dependency } from './dependency.ts'

/** The answer of `/ready`: 200 where `isReady`, and 503 where not. `says` is its body. */
export interface Readiness {
  readonly isReady: boolean
  readonly says: object
}

/** What readiness depends on. */
export interface ReadinessOptions {
  /** The dependencies without any of which the server can serve no visitor, by their names in the answer of `/ready`. */
  readonly needed: Readonly<Record<string, Dependency>>
  /** Those that each serve some visitors without the others. Of two, the server needs one. It names those that do not answer. */
  readonly either?: Readonly<Record<string, Dependency>>
  /** Did the last write of a session fail? The server answers those who read all the same, so it stays ready and names the trouble. */
  readonly isWriteFailing: () => boolean
  /** Does no message reach the other processes? The server answers visitors all the same, so it stays ready and names the trouble. */
  readonly isBusDown: () => boolean
}

/** Gives a function that asks every dependency at once, and names those that do not answer. */
export function createReadiness({
  needed,
  either = {},
  isWriteFailing,
  isBusDown,
}: ReadinessOptions): () => Promise<Readiness> {
  return async () => {
    const [missed, away] = await Promise.all([failedOf(needed), failedOf(either)])
    const areAllAway = away.length > 1 && away.length === Object.keys(either).length
    if (missed.length > 0 || areAllAway)
      return { isReady: false, says: { status: 'unavailable', failed: [...missed, ...away] } }
    const stores = Object.fromEntries(away.map((name) => [name, 'down']))
    const writes = isWriteFailing() ? { writes: 'failing' } : {}
    const bus = isBusDown() ? { bus: 'down' } : {}
    return { isReady: true, says: { status: 'ready', ...stores, ...writes, ...bus } }
  }
}

/** The names of those that do not answer. All are asked at once. */
async function failedOf(dependencies: Readonly<Record<string, Dependency>>): Promise<string[]> {
  const asked = Object.entries(dependencies).map(async ([name, dependency]) =>
    (await dependency.check()) === null ? [] : [name],
  )
  return (await Promise.all(asked)).flat()
}
