// Leaves in dist/types what the types of the package's doors are made of, declaration by declaration: a host's compiler
// reads no more than it needs, and what stays inside may change. Fails where a type that a host would see is one of
// Prisma, of Yoga or of a driver. Usage: npm run build
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readDeclarations } from './declarations.mjs'

const types = 'dist/types'
const doors = ['index.d.ts', 'testing.d.ts']
/** Whose types a host may see. They are dependencies of the package, save one. */
const seen = new Set([
  'express', // where a host has it: what is not found there is ignored
  'graphql',
  'pino',
  'zod',
  '@pothos/core',
  '@pothos/plugin-errors',
  '@pothos/plugin-relay',
  '@pothos/plugin-scope-auth',
])

const files = new Map()
const faults = new Set()
for (const door of doors) keepAll(door, door)
const augmenting = readdirSync(types, { recursive: true }).filter((path) => isAugmenting(path))
while (keepAugmentations());
if (faults.size > 0) throw new Error([...faults].join('\n'))

rmSync(types, { recursive: true })
for (const [path, file] of files) {
  if (file.kept.size === 0) continue
  mkdirSync(dirname(join(types, path)), { recursive: true })
  writeFileSync(join(types, path), path === doors[0] ? file.print() + additions() : file.print())
}

function open(path) {
  if (!files.has(path)) files.set(path, readDeclarations(join(types, path)))
  return files.get(path)
}

/** Keeps what `path` exports as `name`. False where it exports no such thing. */
function keepExport(path, name, way) {
  const file = open(path)
  const found = file.exports.get(name)
  if (found === undefined)
    return file.stars.some((source) => {
      if (!keepExport(resolve(path, source), name, way)) return false
      file.keepStar(source)
      return true
    })
  if (found.source === undefined) keepLocal(path, found.name, way)
  else keepForeign(path, found.source, found.name, way)
  if (found.statement) file.kept.add(found.statement)
  return true
}

function keepAll(path, way) {
  const file = open(path)
  for (const name of file.exports.keys()) keepExport(path, name, way)
  for (const source of file.stars) keepAll(resolve(path, source), way)
  for (const source of file.stars) file.keepStar(source)
}

/** Keeps what `path` declares or imports as `name`, and what that is made of. A name that is neither is the language's. */
function keepLocal(path, name, way) {
  const file = open(path)
  const here = `${way} > ${name}`
  const imported = file.imports.get(name)
  if (imported !== undefined && !imported.isKept) {
    imported.isKept = true
    keepForeign(path, imported.source, imported.name, here)
  }
  for (const statement of file.declared.get(name) ?? []) keepStatement(path, statement, here)
}

function keepStatement(path, statement, way) {
  const file = open(path)
  if (file.kept.has(statement)) return
  file.kept.add(statement)
  for (const { name, source } of file.mentioned(statement))
    if (source === undefined) keepLocal(path, name, way)
    else keepForeign(path, source, name, way)
}

function keepForeign(path, source, name, way) {
  if (!source.startsWith('.')) {
    if (!source.startsWith('node:') && !seen.has(/^(@[^/]+\/)?[^/]+/.exec(source)?.[0]))
      faults.add(`A host would see the types of ${source}: ${way}`)
  } else if (source.includes('/generated/')) faults.add(`A host would see Prisma's types: ${way}`)
  else if (name === '*') keepAll(resolve(path, source), way)
  else keepExport(resolve(path, source), name, way)
}

function isAugmenting(path) {
  return (
    path.endsWith('.d.ts') && readFileSync(join(types, path), 'utf8').includes('declare module')
  )
}

/** Keeps what files add to interfaces that are kept, such as the cart to `SessionData`. Says whether there was any. */
function keepAugmentations() {
  let isNew = false
  for (const path of augmenting)
    for (const { statement, source, names } of open(path).augmentations) {
      const other = files.get(resolve(path, source))
      const isWanted = (name) => other?.declared.get(name)?.some((one) => other.kept.has(one))
      if (open(path).kept.has(statement) || !names.some(isWanted)) continue
      keepStatement(path, statement, `${path} (declare module)`)
      isNew = true
    }
  return isNew
}

/** A compiler reads what a file adds to the types of another only where something imports it. */
function additions() {
  const adding = augmenting.filter((path) =>
    open(path).augmentations.some(({ statement }) => open(path).kept.has(statement)),
  )
  return adding.map((path) => `import './${path.replace(/\.d\.ts$/, '.js')}';\n`).join('')
}

function resolve(path, source) {
  return join(dirname(path), source.replace(/\.(ts|js)$/, '.d.ts'))
}
