import './transaction.ts'
import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import { currentUser } from '../auth/logins/caller.ts'
import type { User } from '../auth/users/user.ts'
import { whyEnded } from '../auth/sessions/why-ended.ts'
import type { Json } from '../session/data.ts'
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
  AuthScopes: { signedIn: boolean; staff: boolean; ownerOrStaff: string }
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
      signedIn: async () => {
        await requireUser(context)
        return true
      },
      staff: async () => {
        if (!(await requireUser(context)).isStaff) throw refuseWith('FORBIDDEN', 'Staff only.')
        return true
      },
      /** The user of this id, and staff. */
      ownerOrStaff: async (ownerId) => {
        const user = await requireUser(context)
        if (user.id !== ownerId && !user.isStaff)
          throw refuseWith('FORBIDDEN', 'Their owner and staff only.')
        return true
      },
    }),
  },
})

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})

/** The signed-in user. The error says why a session ended to the visitor who holds its key, and to no other caller. */
async function requireUser(context: Context): Promise<User> {
  const user = await currentUser(context)
  if (user !== null) return user
  const reason = await whyEnded(context.session, context.app.sessions)
  throw refuseWith('UNAUTHENTICATED', 'Sign in first.', reason === null ? {} : { reason })
}

function refuseWith(code: string, message: string, more: object = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...more } })
}
