import { Kind, Lexer, OperationTypeNode, parse, Source, TokenKind } from 'graphql'
import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql'
import { LimitExceeded } from './limits.ts'
import type { Limits } from './limits.ts'

/** The limits of a document. */
export type DocumentLimits = Pick<
  Limits,
  'tokens' | 'depth' | 'aliases' | 'fields' | 'directives' | 'rootMutations'
>

/**
 * Parses `text`, within `limits`. It measures the document before validation, which compares fields in pairs: fragments count
 * at each spread. Throws `LimitExceeded`, or the parser's own error.
 */
export function parseWithin(text: string, limits: DocumentLimits): DocumentNode {
  checkTokens(text, limits.tokens)
  const document = parse(text)
  const { depth, fields, aliases, directives, roots, logins } = measure(document)
  const rules: [number, keyof DocumentLimits, string][] = [
    [depth, 'depth', 'levels'],
    [aliases, 'aliases', 'aliases'],
    [fields, 'fields', 'fields'],
    [directives, 'directives', 'directives'],
    [roots, 'rootMutations', 'fields of Mutation'],
  ]
  for (const [size, limit, what] of rules) {
    if (size > limits[limit])
      throw new LimitExceeded(limit, `A document holds ${limits[limit]} ${what} at most`)
  }
  if (logins > 1) throw new LimitExceeded('logins', 'A document holds one login at most')
  return document
}

/** Counts without building a tree of a text that is too long. */
function checkTokens(text: string, most: number): void {
  const lexer = new Lexer(new Source(text))
  for (let count = 0; lexer.advance().kind !== TokenKind.EOF; count++) {
    if (count === most) throw new LimitExceeded('tokens', `A document holds ${most} tokens at most`)
  }
}

interface Size {
  depth: number
  fields: number
  aliases: number
  directives: number
  /** Fields of the outermost level: in a mutation, each is a transaction. */
  roots: number
  /** The root fields that check a password. */
  logins: number
}

/** The size of all operations together: the server runs one, but validates all. */
function measure({ definitions }: DocumentNode): Size {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition)
  }
  const known = new Map<string, Size>()
  const total = nothing()
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    const { operation, directives = [], variableDefinitions = [], selectionSet } = definition
    const size = ofSelections(selectionSet)
    add(total, operation === OperationTypeNode.MUTATION ? size : { ...size, roots: 0, logins: 0 })
    for (const node of [{ directives }, ...variableDefinitions])
      total.directives += node.directives?.length ?? 0
  }
  // Validation also looks at fragments that no operation spreads.
  for (const name of fragments.keys())
    if (!known.has(name)) add(total, { ...ofFragment(name), roots: 0, logins: 0 })
  return total

  function ofSelections(set: SelectionSetNode | undefined): Size {
    const size = nothing()
    for (const node of set?.selections ?? []) {
      size.directives += node.directives?.length ?? 0
      if (node.kind === Kind.FRAGMENT_SPREAD) add(size, ofFragment(node.name.value))
      else if (node.kind === Kind.INLINE_FRAGMENT) add(size, ofSelections(node.selectionSet))
      else {
        const { depth, ...inner } = ofSelections(node.selectionSet)
        // Introspection goes as deep as types are wrapped; graphql-js has a rule of its own for it.
        const isMeta = node.name.value.startsWith('__')
        add(size, {
          depth: isMeta ? 1 : depth + 1,
          fields: inner.fields + 1,
          aliases: inner.aliases + (node.alias ? 1 : 0),
          directives: inner.directives,
          roots: 1,
          logins: node.name.value === 'login' ? 1 : 0,
        })
      }
    }
    return size
  }

  /** Measures each fragment once, however often it is spread. Validation refuses one that spreads itself. */
  function ofFragment(name: string): Size {
    const measured = known.get(name)
    if (measured) return measured
    known.set(name, nothing())
    const fragment = fragments.get(name)
    const size = ofSelections(fragment?.selectionSet)
    size.directives += fragment?.directives?.length ?? 0
    known.set(name, size)
    return size
  }
}

function nothing(): Size {
  return { depth: 0, fields: 0, aliases: 0, directives: 0, roots: 0, logins: 0 }
}

function add(total: Size, part: Size): void {
  total.depth = Math.max(total.depth, part.depth)
  total.fields += part.fields
  total.aliases += part.aliases
  total.directives += part.directives
  total.roots += part.roots
  total.logins += part.logins
}
