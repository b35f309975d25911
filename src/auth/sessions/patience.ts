import type { ActedBy } from '../audit/auth-event.ts'

/** What a use case may take of the time of an operation, so that its answer still arrives. */
const share = 0.8

/** The same, as the schema says it to callers. */
export const shareInWords = 'four fifths of `GRAPHQL_TIMEOUT`'

/**
 * How long a use case may keep its caller waiting, in milliseconds; null: until all is done. A request has its share of what
 * an operation may take. What is done at the shell, or by the application itself, is
 * waited for.
 */
export type PatienceFor = (by: Pick<ActedBy, 'client'>) => number | null

/** The patience of callers where an operation may take `operationTime` milliseconds. */
export function createPatience(operationTime: number): PatienceFor {
  return ({ client }) => (client === null ? null : operationTime * share)
}

/** Is there still time? Begins to count when it is called. */
export function timeFor(patience: number | null): () => boolean {
  if (patience === null) return () => true
  const end = performance.now() + patience
  return () => performance.now() < end
}
