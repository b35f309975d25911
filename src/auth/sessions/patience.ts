import type { ActedBy } from '../audit/auth-event.ts'

/**
 * How long a use case may keep its caller waiting, in milliseconds; null: until all is done. Four fifths of what an operation
 * may take, for a request, so that its answer still arrives. What is done at the shell, or by the application itself, is
 * waited for.
 */
export type PatienceFor = (by: Pick<ActedBy, 'client'>) => number | null

/** The patience of callers where an operation may take `operationTime` milliseconds. */
export function createPatience(operationTime: number): PatienceFor {
  return ({ client }) => (client === null ? null : operationTime * 0.8)
}

/** Is there still time? Begins to count when it is called. */
export function timeFor(patience: number | null): () => boolean {
  if (patience === null) return () => true
  const end = performance.now() + patience
  return () => performance.now() < end
}
