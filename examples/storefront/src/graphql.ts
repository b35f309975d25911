import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './graphql-env.d.ts'

/** Writes a document. Its variables and its result get their types from schema.graphql, without a generated file for each. */
export const graphql = initGraphQLTada<{
  introspection: introspection
  disableMasking: true
  scalars: { DateTime: string; JSON: unknown }
}>()

export type { ResultOf } from 'gql.tada'
