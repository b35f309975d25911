import { GraphQLError } from 'graphql'

/** The error for input that makes no sense. It is no refusal of a field, so it goes into `errors`. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
