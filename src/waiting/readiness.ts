import type { Dependency } from './dependency.ts'

/** What `/ready` says; `isReady` false: 503. */
export interface Readiness {
  readonly isReady: boolean
  readonly says: object
}

/** What readiness depends on. */
export interface ReadinessOptions {
  /** By the names that `/ready` calls them. Without one of them no visitor can be served. */
  readonly needed: Readonly<Record<string, Dependency>>
  /** Does writing down that visitors were here fail? They are served all the same, so the server stays ready and says it. */
  readonly isWriteFailing: () => boolean
}

/** Asks every dependency, and names those that do not answer. */
export function createReadiness({
  needed,
  isWriteFailing,
}: ReadinessOptions): () => Promise<Readiness> {
  return async () => {
    const asked = Object.entries(needed).map(async ([name, dependency]) =>
      (await dependency.check()) === null ? [] : [name],
    )
    const failed = (await Promise.all(asked)).flat()
    if (failed.length > 0) return { isReady: false, says: { status: 'unavailable', failed } }
    const writes = isWriteFailing() ? { writes: 'failing' } : {}
    return { isReady: true, says: { status: 'ready', ...writes } }
  }
}
