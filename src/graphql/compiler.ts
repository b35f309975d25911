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

/** Compiles operations that come again and again. */
export interface Compiler {
  /** The compiled operation; null where it has not come often enough, or is not worth compiling. */
  find(plan: Plan): Compiled | null
  /** Loads graphql-jit, so that no visitor waits for it. */
  warm(): Promise<void>
}

/** An operation that comes a third time usually comes again. A stranger's new documents must not cost compiling time. */
const worthIt = 3
/** How many it keeps compiled, at some 20 KB each: the most recently used. */
const mostKept = 200
/**
 * An operation of more nodes than this takes too long to compile. So does one whose variables have more fields: graphql-jit
 * writes them out at each use of an input type, and without end for a recursive type.
 */
const mostNodes = 200

/**
 * graphql-jit makes a function of an operation, which answers as graphql-js does in a fifth of the time. It does not compile
 * introspection, which comes once and takes 24 ms to compile.
 */
export function createCompiler(schema: GraphQLSchema): Compiler {
  const kept = new LRUCache<Plan, Compiled | 'unfit'>({ max: mostKept })
  let jit: typeof import('graphql-jit') | null = null
  let loading: Promise<void> | null = null

  return {
    find(plan) {
      if (plan.uses < worthIt) return null
      if (jit === null) {
        // No server may have warmed up: in a host, the first visitors load the application.
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
