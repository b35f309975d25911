import './staff-mark.ts'
import './transaction.ts'
// These lines also add to the types of the builder: the package's declarations keep only imports without a name.
import '@pothos/plugin-errors'
import '@pothos/plugin-relay'
import '@pothos/plugin-scope-auth'
import SchemaBuilder from '@pothos/core'
import ErrorsPlugin from '@pothos/plugin-errors'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { GraphQLError } from 'graphql'
import { currentUser } from '../auth/logins/caller.ts'
import { whyEnded } from '../auth/roster/why-ended.ts'
import type { KnowsEnds, SessionEndReason } from '../auth/roster/why-ended.ts'
import type { User } from '../auth/users/user.ts'
import type { Refusal } from '../refusals.ts'
import type { Json } from '../session/record/data.ts'
import type { Context, ResolverContext } from './context.ts'
import type { NamedTypes } from './named-types.ts'
import { pageWords } from './page-words.ts'
import { createRefusalTypes } from './refusal-types.ts'
import type { ErrorCodes, RefusalTypes } from './refusal-types.ts'
import type { Streams } from './streams.ts'

/** What every schema of ours declares. `ContextSeen` is the context that resolvers see. */
export interface SchemaShape<ContextSeen extends object> {
  Context: ContextSeen
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  /** Who may ask for a field: signed-in users; staff; the user of an id, and staff. */
  AuthScopes: { signedIn: boolean; staff: boolean; ownerOrStaff: string }
  Objects: NamedTypes
  Interfaces: { Error: Refusal }
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date }
    JSON: { Input: Json; Output: unknown }
    // These are enums, not scalars: Pothos takes their names in the same places.
    ErrorCode: { Input: string; Output: string }
    SessionEndReason: { Input: SessionEndReason; Output: SessionEndReason }
  }
}

type Types<ContextSeen extends object> = PothosSchemaTypes.ExtendDefaultTypes<
  SchemaShape<ContextSeen>
>

/**
 * The Pothos builder of one application, with our scalars, types, scopes and refusals, as an extension sees it. Every field
 * of `Mutation` is a transaction of the session.
 */
export type Builder = PothosSchemaTypes.SchemaBuilder<Types<ResolverContext>> &
  RefusalTypes<Types<ResolverContext>>

/** The same builder as the core sees it, whose resolvers see more of the request. */
export type CoreBuilder = PothosSchemaTypes.SchemaBuilder<Types<Context>> &
  RefusalTypes<Types<Context>>

/** What the builder needs for the fields of a whole schema. */
export interface BuilderParts {
  /** Tells a visitor why their session is over. */
  readonly ends: Pick<KnowsEnds, 'endReason'>
  readonly streams: Streams
}

/**
 * The builder of one application. The errors plugin comes first and transactions innermost, so that a refusal at a commit
 * becomes a member of the field's union. It notes the codes of refusals in `codes`.
 */
export function createBuilder(codes: ErrorCodes, { ends, streams }: BuilderParts): CoreBuilder {
  const builder = new SchemaBuilder<SchemaShape<Context>>({
    plugins: [ErrorsPlugin, ScopeAuthPlugin, RelayPlugin, 'transaction', 'staffMark'],
    defaultFieldNullability: false,
    relay: {
      ...pageWords,
      cursorType: 'String',
      cursorFieldOptions: pageWords.cursorOptions,
      nodeQueryOptions: false,
      nodesQueryOptions: false,
      edgesFieldOptions: { ...pageWords.edgesOptions, nullable: { list: false, items: false } },
      nodeFieldOptions: { ...pageWords.nodeOptions, nullable: false },
    },
    scopeAuth: { authScopes: scopesBy(ends) },
    transaction: { streams },
  })
  builder.queryType({ description: 'What a caller may read. Reading creates no session.' })
  builder.mutationType({
    description:
      'What a caller may change. The fields of one document run in order, and each is stored before its result is read.',
  })
  builder.subscriptionType({ description: 'What a caller may listen to, over server-sent events.' })
  return Object.assign(builder, createRefusalTypes(builder, codes))
}

function scopesBy(ends: BuilderParts['ends']) {
  return (context: Context) => ({
    signedIn: async () => {
      await requireUser(context)
      return true
    },
    staff: async () => {
      if (!(await requireUser(context)).isStaff) throw refuseWith('FORBIDDEN', 'Staff only.')
      return true
    },
    /** The user of this id, and staff. */
    ownerOrStaff: async (ownerId: string) => {
      const user = await requireUser(context)
      if (user.id !== ownerId && !user.isStaff)
        throw refuseWith('FORBIDDEN', 'Their owner and staff only.')
      return true
    },
  })

  /** The signed-in user. The error tells only the visitor who holds its key why a session ended. */
  async function requireUser(context: Context): Promise<User> {
    const user = await currentUser(context)
    if (user !== null) return user
    const reason = await whyEnded(context.session, ends)
    throw refuseWith('UNAUTHENTICATED', 'Sign in first.', reason === null ? {} : { reason })
  }
}

function refuseWith(code: string, message: string, more: object = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...more } })
}
