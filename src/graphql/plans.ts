import {
  getOperationAST,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  specifiedRules,
  validate,
} from 'graphql'
import type {
  DocumentNode,
  FragmentDefinitionNode,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { parseWithin } from './document.ts'
import type { DocumentLimits } from './document.ts'

/** Everything that the server knows of an operation before it runs. */
export interface Plan {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** The words of the log and metrics for it. */
  readonly purpose: {
    /** Its name; null where it has none, or one that must not go into the log. */
    readonly name: string | null
    /** The first field that it selects; null where it selects none. */
    readonly kind: string | null
    readonly isStream: boolean
  }
  readonly isStream: boolean
  /** How often it has come. */
  uses: number
}

/** The plan of the operation `operationName` of `source`. Throws the error of a document or name that is wrong. */
export type FindPlan = (source: string, operationName: string | null) => Plan

/** How to make plans. */
export interface PlanOptions {
  readonly schema: GraphQLSchema
  readonly limits: DocumentLimits
  readonly introspection: boolean
}

/** A valid document, and the plans of its operations so far, by their names. */
interface Read {
  readonly document: DocumentNode
  readonly plans: Map<string | null, Plan>
}

/** A document is invalid: one error for each fault. */
class InvalidDocument extends AggregateError {
  constructor(errors: readonly GraphQLError[]) {
    super(errors)
    this.name = 'InvalidDocument'
  }
}

/**
 * How much source it keeps plans for. They take some thirty times as much memory: ten thousand documents must not fill the
 * heap.
 */
const cachedSource = 262_144

/** More errors than this would not help the client. */
const mostErrors = 5

/** Measures, parses and validates each document once, and keeps the valid ones. */
export function createPlans({ schema, limits, introspection }: PlanOptions): FindPlan {
  const rules = introspection
    ? specifiedRules
    : [...specifiedRules, NoSchemaIntrospectionCustomRule]
  const kept = new LRUCache<string, Read>({
    maxSize: cachedSource,
    maxEntrySize: cachedSource / 16,
    sizeCalculation: (_read, source) => source.length + 1,
  })

  return (source, operationName) => {
    const { document, plans } = kept.get(source) ?? read(source)
    const found = plans.get(operationName)
    if (found !== undefined) {
      found.uses++
      return found
    }
    const plan = planOf(document, operationName)
    plans.set(operationName, plan)
    return plan
  }

  function read(source: string): Read {
    const document = parse(source)
    const errors = validate(schema, document, rules, { maxErrors: mostErrors - 1 })
    if (errors.length > 0) throw new InvalidDocument(errors.map(asRefusal))
    const made: Read = { document, plans: new Map() }
    kept.set(source, made)
    return made
  }

  function parse(source: string): DocumentNode {
    try {
      return parseWithin(source, limits)
    } catch (error) {
      throw error instanceof GraphQLError ? asRefusal(error) : error
    }
  }
}

/** Gives graphql-js's errors a code, without which they would count as faults of ours. */
function asRefusal(error: GraphQLError): GraphQLError {
  return Object.assign(error, { extensions: { code: 'BAD_USER_INPUT' } })
}

function planOf(document: DocumentNode, operationName: string | null): Plan {
  const operation = getOperationAST(document, operationName)
  if (!operation) throw noOperation()
  const name = operation.name?.value ?? ''
  const isStream = operation.operation === OperationTypeNode.SUBSCRIPTION
  return {
    document,
    operation,
    purpose: {
      name: isName.test(name) ? name : null,
      kind: firstField(document, operation.selectionSet),
      isStream,
    },
    isStream,
    uses: 1,
  }
}

/** The first field that these select; null where they select none. In a valid document no fragment contains itself. */
function firstField(document: DocumentNode, { selections }: SelectionSetNode): string | null {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) return selection.name.value
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : fragmentOf(document, selection.name.value)
    const found = inner && firstField(document, inner.selectionSet)
    if (found) return found
  }
  return null
}

function fragmentOf({ definitions }: DocumentNode, name: string): FragmentDefinitionNode | null {
  for (const each of definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name) return each
  return null
}

/** The document has no operation of the given name, or several operations where the caller gave no name. */
export function noOperation(): GraphQLError {
  return new GraphQLError('Could not determine what operation to execute.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  })
}

/** Shorter than a session key, so that no key can pass for a name. */
const isName = /^[A-Za-z_]\w{0,39}$/
