import { getNamedType, isInputObjectType, Kind, typeFromAST } from 'graphql'
import type { ExecutionResult, GraphQLNamedType, GraphQLSchema, SelectionSetNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Context } from './context.ts'
import type { Plan } from './plans.ts'

/** An operation, compiled: runs it with the variables and the context of a request. */
export type Compiled = (
  context: Context,
  variables: Readonly<Record<string, unknown>> | null,
) => ExecutionResult | Promise<ExecutionResult>

/** Compiles what is asked for again and again. */
export interface Compiler {
  /** The compiled operation; null where it has not been asked for often enough, or is not worth it. */
  find(plan: Plan): Compiled | null
  /** Loads what compiles, so that no visitor waits for it. */
  warm(): Promise<void>
}

/** An operation that comes for the third time comes again, as a rule. Strangers must not buy our time with new documents. */
const worthIt = 3
/** So many are kept compiled, at some 20 KB each: those that were asked for last. */
const mostKept = 200
/**
 * An operation of more nodes than this takes too long to compile. So do the fields of its variables, where they are more:
 * they are written out at each place of an input type, and would have no end where a type has itself in it.
 */
const mostNodes = 200

/**
 * graphql-jit makes a function of an operation, which answers as graphql-js does in a fifth of the time. Introspection is
 * left to graphql-js: it is asked for once, and takes 24 ms to compile.
 */
export function createCompiler(schema: GraphQLSchema): Compiler {
  const kept = new LRUCache<Plan, Compiled | 'unfit'>({ max: mostKept })
  let jit: typeof import('graphql-jit') | null = null
  let loading: Promise<void> | null = null

  return {
    find(plan) {
      if (plan.uses < worthIt) return null
      if (jit === null) {
        // Where no server has warmed up: a host's application is loaded by its visitors.
        void warm().catch(() => undefined)
        return null
      }
      let known = kept.get(plan)
      if (known === undefined) {
        known = (isWorthIt(plan, schema) ? compile(plan, jit) : null) ?? 'unfit'
        kept.set(plan, known)
      }
      return known === 'unfit' ? null : known
    },

    warm,
  }

  function warm(): Promise<void> {
    return (loading ??= import('graphql-jit').then((module) => {
      jit = module
    }))
  }

  function compile(
    { document, operation }: Plan,
    { compileQuery, isCompiledQuery }: typeof import('graphql-jit'),
  ): Compiled | null {
    const compiled = compileQuery(schema, document, operation.name?.value)
    if (!isCompiledQuery(compiled)) return null
    return (context, variables) => compiled.query(undefined, context, variables)
  }
}

function isWorthIt({ document, operation, isStream }: Plan, schema: GraphQLSchema): boolean {
  if (isStream) return false
  let [nodes, inputs] = [0, 0]
  return (
    document.definitions.every(
      (definition) => !('selectionSet' in definition) || isSmall(definition.selectionSet),
    ) &&
    (operation.variableDefinitions ?? []).every(({ type }) => {
      const declared = typeFromAST(schema, type)
      return !declared || isShort(getNamedType(declared))
    })
  )

  function isSmall(set: SelectionSetNode | undefined): boolean {
    return (set?.selections ?? []).every((node) => {
      if (node.kind === Kind.FIELD && /^__(schema|type)$/.test(node.name.value)) return false
      return (
        ++nodes <= mostNodes && (node.kind === Kind.FRAGMENT_SPREAD || isSmall(node.selectionSet))
      )
    })
  }

  function isShort(type: GraphQLNamedType): boolean {
    if (!isInputObjectType(type)) return true
    return Object.values(type.getFields()).every(
      (field) => ++inputs <= mostNodes && isShort(getNamedType(field.type)),
    )
  }
}
