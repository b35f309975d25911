// One .d.ts file as its statements: what each declares and mentions, and the file again with some of them.
import { readFileSync } from 'node:fs'
import { parseAst } from 'rolldown/parseAst'

/** Reads the declarations of `path`. */
export function readDeclarations(path) {
  const text = readFileSync(path, 'utf8')
  const { body } = parseAst(text, { lang: 'dts' }, path)
  const file = {
    /** What it exports, by name: the local name, or the name and the source that it comes from. */
    exports: new Map(),
    /** The sources of `export *`. */
    stars: [],
    /** What it imports, by local name. */
    imports: new Map(),
    /** Its statements that declare something, by name. */
    declared: new Map(),
    /** `declare module './other.ts'`. */
    augmentations: [],
    /** The statements to print. */
    kept: new Set(),
    keepStar(source) {
      for (const node of body)
        if (node.type === 'ExportAllDeclaration' && node.source.value === source)
          this.kept.add(node)
    },
    mentioned: (statement) => mentionsOf(statement),
    print: () => print(text, body, file),
  }
  for (const statement of body) read(statement, file)
  return file
}

function read(statement, file) {
  const { type, source } = statement
  if (type === 'ImportDeclaration')
    for (const { local, imported } of statement.specifiers)
      file.imports.set(local.name, {
        source: source.value,
        name: imported?.name ?? '*',
        isKept: false,
      })
  else if (type === 'ExportAllDeclaration') file.stars.push(source.value)
  else if (type === 'ExportNamedDeclaration' && statement.declaration === null)
    for (const { local, exported } of statement.specifiers)
      file.exports.set(exported.name, { name: local.name, source: source?.value, statement })
  else if (type === 'TSModuleDeclaration' && statement.id.type === 'Literal')
    file.augmentations.push({
      statement,
      source: statement.id.value,
      names: statement.body.body.flatMap((inner) => namesOf(inner.declaration ?? inner)),
    })
  else {
    const isExport = type === 'ExportNamedDeclaration'
    for (const name of namesOf(isExport ? statement.declaration : statement)) {
      file.declared.set(name, [...(file.declared.get(name) ?? []), statement])
      if (isExport) file.exports.set(name, { name })
    }
  }
}

function namesOf(declaration) {
  if (declaration.type === 'VariableDeclaration')
    return declaration.declarations.map(({ id }) => id.name)
  return declaration.id ? [declaration.id.name] : []
}

/** The names that stand in a statement, and what it names of other files by `import('./other.ts').Name`. */
function mentionsOf(node, found = []) {
  if (Array.isArray(node)) for (const inner of node) mentionsOf(inner, found)
  else if (node?.type === 'Identifier') {
    found.push({ name: node.name })
    mentionsOf(node.typeAnnotation, found)
  } else if (node?.type === 'TSImportType') {
    found.push({ source: node.source.value, name: firstOf(node.qualifier) })
    mentionsOf(node.typeArguments, found)
  } else if (typeof node === 'object' && node !== null)
    for (const [field, inner] of Object.entries(node))
      if (field !== 'key' || node.computed) mentionsOf(inner, found)
  return found
}

/** `A` of `A.B.C`, and everything where no name is given. */
function firstOf(qualifier) {
  if (!qualifier) return '*'
  return qualifier.type === 'Identifier' ? qualifier.name : firstOf(qualifier.left)
}

function print(text, body, { kept, imports }) {
  let from = 0
  const lines = body.map((statement) => {
    const before = from
    from = statement.end
    if (statement.type === 'ImportDeclaration') return printImport(statement, imports)
    return kept.has(statement) ? text.slice(before, statement.end).trim() : ''
  })
  // Without it, every declaration of the file would be exported.
  return `${[...lines, 'export {};']
    .filter((line) => line !== '')
    .map(nameFiles)
    .join('\n')}\n`
}

function printImport({ specifiers, source, importKind }, imports) {
  // For what a package adds to the types of another, as the plugins of Pothos do.
  if (specifiers.length === 0 && !source.value.startsWith('.')) return `import '${source.value}';`
  const kept = specifiers.filter(({ local }) => imports.get(local.name).isKept)
  if (kept.length === 0) return ''
  const all = kept.find(({ type }) => type === 'ImportNamespaceSpecifier')
  const alone = kept.find(({ type }) => type === 'ImportDefaultSpecifier')
  const named = kept
    .filter((one) => one !== all && one !== alone)
    .map(({ local, imported }) =>
      local.name === imported.name ? local.name : `${imported.name} as ${local.name}`,
    )
  const what = [
    alone?.local.name,
    all && `* as ${all.local.name}`,
    named.length > 0 && `{ ${named.join(', ')} }`,
  ]
  const word = importKind === 'type' ? 'import type' : 'import'
  return `${word} ${what.filter(Boolean).join(', ')} from '${source.value}';`
}

/** A compiler resolves `./x.js` to x.d.ts, and takes `./x.ts` for the source itself. */
function nameFiles(text) {
  return text.replace(/(\bfrom |\bimport\(|\bmodule )(['"])(\.[^'"]+)\.ts\2/g, '$1$2$3.js$2')
}
