import SchemaBuilder, { BasePlugin } from '@pothos/core'
import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core'
import { RequestCache } from '@pothos/plugin-scope-auth'
import type { GraphQLFieldResolver } from 'graphql'
import type { Context } from './context.ts'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      transaction: TransactionPlugin<Types>
    }
  }
}

/**
 * Makes every field of Mutation a transaction of the session: what it recorded is stored before its result is read,
 * and forgotten where it fails. What scope-auth remembers goes with it, since the visitor may be somebody else by then.
 */
class TransactionPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    field: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (field.parentType !== 'Mutation') return resolver
    return async (root, args, context, info) => {
      const { session } = context as unknown as Context
      try {
        return await session.transaction(async () => resolver(root, args, context, info))
      } finally {
        RequestCache.clearForContext(context)
      }
    }
  }
}

SchemaBuilder.registerPlugin('transaction', TransactionPlugin)
