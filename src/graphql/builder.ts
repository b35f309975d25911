import './transaction.ts'
import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import type { Json } from '../session/data.ts'
import { currentUser } from './context.ts'
import type { Context } from './context.ts'

/**
 * The one Pothos builder. Errors come first, so that a refusal at the commit of a transaction, the innermost,
 * becomes a member of the field's union.
 */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  AuthScopes: { staff: boolean }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: Json; Output: unknown }
  }
}>({
  plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, 'transaction'],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodesOnConnection: true,
    edgesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false },
  },
  scopeAuth: {
    authScopes: (context) => ({
      staff: async () => {
        const user = await currentUser(context)
        if (user === null) throw refuseWith('UNAUTHENTICATED', 'Sign in first.')
        if (!user.isStaff) throw refuseWith('FORBIDDEN', 'Staff only.')
        return true
      },
    }),
  },
})

builder.queryType({})
builder.mutationType({})

function refuseWith(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}
