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

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

/**
 * Makes every field of Mutation a transaction of the session: what it recorded is stored before its result is read,
 * and forgotten where it fails. What scope-auth remembers goes with it, since the visitor may be another one by then.
 * No field that does any work is resolved once its operation is over.
 */
class TransactionPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolver: Resolver<Types>,
    field: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> {
    if (field.parentType === 'Mutation') return inTransaction(resolver)
    const isExposed = field.extensions?.['pothosExposedField'] !== undefined
    return isExposed ? resolver : whileGoingOn(resolver)
  }
}

const outside =
  'These resolvers work within a request: send the operation to coat.graphql or coat.fetch, which open its session.'

function inTransaction<Types extends SchemaTypes>(resolver: Resolver<Types>): Resolver<Types> {
  const resolve = whileGoingOn(resolver)
  return async (root, args, context, info) => {
    const { session } = Object(context) as Partial<Context>
    if (session === undefined) throw new Error(outside)
    try {
      return await session.transaction(async () => resolve(root, args, context, info))
    } finally {
      RequestCache.clearForContext(context)
    }
  }
}

function whileGoingOn<Types extends SchemaTypes>(resolver: Resolver<Types>): Resolver<Types> {
  return (root, args, context, info) => {
    const { budget } = Object(context) as Partial<Context>
    if (budget === undefined) throw new Error(outside)
    if (budget.reason !== null) throw budget.reason
    return resolver(root, args, context, info)
  }
}

SchemaBuilder.registerPlugin('transaction', TransactionPlugin)
