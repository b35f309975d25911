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

/** Everything that can be known of an operation before it is run. */
export interface Plan {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  /** What the log and metrics say of it. */
  readonly purpose: {
    /** Its name; null where it has none, or one that may not be written into the log. */
    readonly name: string | null
    /** The first field that it selects; null where it selects none. */
    readonly kind: string | null
  }
  readonly isStream: boolean
  /** How often it was asked for. */
  uses: number
}

/** The plan of the operation `operationName` of `source`. Throws what is wrong with them. */
export type FindPlan = (source: string, operationName: string | null) => Plan

/** How plans are made. */
export interface PlanOptions {
  readonly schema: GraphQLSchema
  readonly limits: DocumentLimits
  readonly introspection: boolean
}

/** A valid document, and the plans of those of its operations that were asked for, by the name that was given. */
interface Read {
  readonly document: DocumentNode
  readonly plans: Map<string | null, Plan>
}

/** What is wrong with a document: one error for each fault. */
class InvalidDocument extends AggregateError {
  constructor(errors: readonly GraphQLError[]) {
    super(errors)
    this.name = 'InvalidDocument'
  }
}

/** Plans are kept up to this much source, some thirty times as much memory: ten thousand documents must not fill the heap. */
const cachedSource = 262_144

/** A client that sends a document with more errors than this is helped by none of them. */
const mostErrors = 5

/** Measures, parses and validates each document once, and keeps what comes of it. What is wrong is not kept. */
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

/** graphql-js gives these errors no code; without one they would count as faults of ours. */
function asRefusal(error: GraphQLError): GraphQLError {
  return Object.assign(error, { extensions: { code: 'BAD_USER_INPUT' } })
}

function planOf(document: DocumentNode, operationName: string | null): Plan {
  const operation = getOperationAST(document, operationName)
  if (!operation) throw noOperation()
  const name = operation.name?.value ?? ''
  return {
    document,
    operation,
    purpose: {
      name: isName.test(name) ? name : null,
      kind: firstField(document, operation.selectionSet),
    },
    isStream: operation.operation === OperationTypeNode.SUBSCRIPTION,
    uses: 1,
  }
}

/** The first field that these select; null where they select none. A valid document has no fragment within itself. */
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

/** The document has no operation of the name that was asked for, or several and no name was given. */
export function noOperation(): GraphQLError {
  return new GraphQLError('Could not determine what operation to execute.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  })
}

/** Shorter than a session key, so that no key can stand where a name belongs. */
const isName = /^[A-Za-z_]\w{0,39}$/
