import type { ActedBy } from '../audit/auth-event.ts'

/** The share of an operation's time that a use case may take, so that its answer still arrives. */
const share = 0.8

/** The same, as the schema says it to callers. */
export const shareInWords = 'four fifths of `GRAPHQL_TIMEOUT`'

/**
 * How long a use case may keep its caller waiting, in milliseconds; null: until all is done, for callers at the shell and for
 * the application itself. A request waits for a share of an operation's time.
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
