import type { EndpointOptions, EndpointParts } from '../graphql/over-http/endpoint.ts'
import type { Extension } from '../graphql/extension.ts'
import type { SchemaParts } from '../graphql/schema.ts'

/** Loads GraphQL, puts the schema together, and makes what answers `/graphql`. Rejects with `UnusableTypes`. */
export async function openApi(
  extensions: readonly Extension[],
  parts: SchemaParts & EndpointParts,
  options: EndpointOptions,
) {
  const { createSchema } = await import('../graphql/schema.ts')
  const { createEndpoint } = await import('../graphql/over-http/endpoint.ts')
  const schema = await createSchema(extensions, parts)
  return { schema, endpoint: createEndpoint(schema, parts, options) }
}
