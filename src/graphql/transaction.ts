import SchemaBuilder, { BasePlugin } from '@pothos/core'
import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core'
import { RequestCache } from '@pothos/plugin-scope-auth'
import type { GraphQLFieldResolver } from 'graphql'
import type { Context } from './context.ts'
import { untilSessionEnds } from './streams.ts'
import type { Streams } from './streams.ts'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      transaction: TransactionPlugin<Types>
    }

    export interface SchemaBuilderOptions<Types extends SchemaTypes> {
      /** Tells the fields of Subscription that a session is over. */
      transaction?: { readonly streams: Streams }
    }
  }
}

type Resolver<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>

/**
 * Makes every field of Mutation a transaction of the session: it stores the field's changes before it reads its result, and
 * forgets them where the field fails. It resets what scope-auth remembers, because another user may be signed in by then. It
 * resolves no field that does any work once the operation is over. It ends a field of Subscription with the session, unless
 * the field does so itself.
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

  override wrapSubscribe(
    subscribe: Resolver<Types> | undefined,
    field: PothosOutputFieldConfig<Types>,
  ): Resolver<Types> | undefined {
    if (subscribe === undefined || field.extensions?.['endsItself'] === true) return subscribe
    const { streams } = this.builder.options.transaction ?? {}
    if (streams === undefined) throw new Error('The plugin is to be handed the streams.')
    return (root, args, context, info) => {
      const whole = Object(context) as Partial<Context>
      if (whole.session === undefined) throw new Error(outside)
      return untilSessionEnds(
        () => subscribe(root, args, context, info),
        context as unknown as Context,
        streams,
      )
    }
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
