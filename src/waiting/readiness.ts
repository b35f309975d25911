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
  /** Does writing down visitors' activity fail? The server answers them all the same, so it stays ready and names the trouble. */
  readonly isWriteFailing: () => boolean
  /** Does no message reach the other processes? The server answers visitors all the same, so it stays ready and names the trouble. */
  readonly isBusDown: () => boolean
}

/** Gives a function that asks every dependency at once, and names those that do not answer. */
export function createReadiness({
  needed,
  isWriteFailing,
  isBusDown,
}: ReadinessOptions): () => Promise<Readiness> {
  return async () => {
    const asked = Object.entries(needed).map(async ([name, dependency]) =>
      (await dependency.check()) === null ? [] : [name],
    )
    const failed = (await Promise.all(asked)).flat()
    if (failed.length > 0) return { isReady: false, says: { status: 'unavailable', failed } }
    const writes = isWriteFailing() ? { writes: 'failing' } : {}
    const bus = isBusDown() ? { bus: 'down' } : {}
    return { isReady: true, says: { status: 'ready', ...writes, ...bus } }
  }
}
