import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import { parseSync, Visitor } from 'rolldown/utils'

/** The text of each file, by its path from the root of the project. */
export type Texts = ReadonlyMap<string, string>

/** An import of a file, in any of the ways that the language has. */
export interface Import {
  /** A path from the root, the name of a package, `node:` and that of a module of Node, or `?` where it is computed. */
  readonly to: string
  /** The names that it takes; `*` is all of them. */
  readonly names: readonly string[]
  /** Is nothing of it left when the types are taken away? */
  readonly isType: boolean
}

/** What a rule looks at in a file. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
  /** The texts in quotes and in templates, save those of imports. Comments have none. */
  readonly literals: readonly string[]
  /** The names of its functions and classes, those of the variables that hold one included. Methods have none. */
  readonly functions: readonly string[]
}

const all = ['*']
const known = new Map<string, Source>()

/** The files of the project as they are, generated ones aside. */
export function readTexts(): Texts {
  const paths = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('generated'))
    .map((path) => join('src', path))
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]))
}

/** Reads each text by the syntax of the language. Throws where it is none. */
export function parse(texts: Texts): readonly Source[] {
  return [...texts].map(([path, text]) => {
    const key = `${path}\n${text}`
    const source = known.get(key) ?? parseOne(path, text)
    known.set(key, source)
    return source
  })
}

function parseOne(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message}`)
  const imports: Import[] = []
  const literals: { readonly start: number; readonly value: string }[] = []
  const named = new Set<number>()
  const functions: string[] = []
  const name = (id: object | null, value: { readonly type: string } | null) => {
    if (id !== null && 'name' in id && /Function|Class/.test(value?.type ?? ''))
      functions.push(String(id.name))
  }
  const add = (source: object, names: readonly string[], isType: boolean) => {
    const value = textOf(source)
    if ('start' in source) named.add(Number(source.start))
    imports.push({ to: value === null ? '?' : targetOf(path, value), names, isType })
  }
  new Visitor({
    ImportDeclaration({ source, specifiers, importKind }) {
      const names = specifiers.map((one) =>
        one.type === 'ImportSpecifier' ? nameOf(one.imported) : '*',
      )
      const areTypes =
        specifiers.length > 0 &&
        specifiers.every((one) => one.type === 'ImportSpecifier' && one.importKind === 'type')
      add(source, names, importKind === 'type' || areTypes)
    },
    ExportNamedDeclaration({ source, specifiers, exportKind }) {
      if (source === null) return
      const names = specifiers.map(({ local }) => nameOf(local))
      add(source, names, exportKind === 'type')
    },
    ExportAllDeclaration({ source, exportKind }) {
      add(source, all, exportKind === 'type')
    },
    ImportExpression({ source }) {
      add(source, all, false)
    },
    TSImportType({ source, qualifier }) {
      add(source, qualifier?.type === 'Identifier' ? [qualifier.name] : all, true)
    },
    TSExternalModuleReference({ expression }) {
      add(expression, all, false)
    },
    CallExpression({ callee, arguments: [first] }) {
      const isRequire = callee.type === 'Identifier' && callee.name === 'require'
      if (isRequire && first) add(first, all, false)
    },
    Literal({ value, start }) {
      if (typeof value === 'string') literals.push({ value, start })
    },
    TemplateElement({ value, start }) {
      literals.push({ value: value.cooked ?? value.raw, start })
    },
    JSXText({ value, start }) {
      literals.push({ value, start })
    },
    FunctionDeclaration: (one) => name(one.id, one),
    FunctionExpression: (one) => name(one.id, one),
    ClassDeclaration: (one) => name(one.id, one),
    ClassExpression: (one) => name(one.id, one),
    VariableDeclarator: ({ id, init }) => name(id, init),
    AssignmentExpression: ({ left, right }) => name(left, right),
    AssignmentPattern: ({ left, right }) => name(left, right),
  }).visit(program)
  const own = literals.filter(({ start }) => !named.has(start)).map(({ value }) => value)
  return { path, text, imports, literals: own, functions }
}

/** The text of a literal, or of a template without a gap; null for all that is computed. */
function textOf(node: object): string | null {
  if ('value' in node && typeof node.value === 'string') return node.value
  if (!('quasis' in node) || !Array.isArray(node.quasis) || node.quasis.length !== 1) return null
  const [{ value }] = node.quasis as [{ value: { cooked: string } }]
  return value.cooked
}

function nameOf(node: { readonly name: string } | { readonly value: string }): string {
  return 'name' in node ? node.name : node.value
}

function targetOf(path: string, name: string): string {
  if (name.startsWith('.')) return normalize(join(dirname(path), name))
  return builtinModules.includes(name) ? `node:${name}` : name
}
