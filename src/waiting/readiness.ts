import type { Dependency } from './dependency.ts'

/** The answer of `/ready`; `isReady` false: 503. */
export interface Readiness {
  readonly isReady: boolean
  readonly says: object
}

/** What readiness depends on. */
export interface ReadinessOptions {
  /** By their names in the answer of `/ready`. Without one of them the server can serve no visitor. */
  readonly needed: Readonly<Record<string, Dependency>>
  /** Does writing down activity fail? The server serves visitors all the same, so it stays ready and says so. */
  readonly isWriteFailing: () => boolean
  /** Does no message reach the other processes? The server serves visitors all the same, so it stays ready and says so. */
  readonly isBusDown: () => boolean
}

/** Asks every dependency, and names those that do not answer. */
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
