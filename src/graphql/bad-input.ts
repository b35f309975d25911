import { GraphQLError } from 'graphql'

/** What the caller sent makes no sense, which is no refusal of a field: it stands in `errors`. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
