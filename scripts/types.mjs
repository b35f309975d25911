// Leaves in dist/types what the types of the package's doors are made of, and names files as those who import them find
// them. Fails where a type that a host would see is one of Prisma, of Yoga or of a driver. Usage: npm run build
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const types = 'dist/types'
const doors = ['index.d.ts', 'testing/describe-session-store.d.ts']
/** Whose types a host may see. They are dependencies of the package. */
const seen = new Set([
  'graphql',
  'pino',
  'zod',
  '@pothos/core',
  '@pothos/plugin-errors',
  '@pothos/plugin-relay',
  '@pothos/plugin-scope-auth',
])

/** What a declaration imports: `from 'x'`, `import('x')` and `import 'x'`. */
const imported = /(\bfrom |\bimport\(|\bimport )(['"])([^'"]+)\2/g

/** What each of them says, by its path in dist/types. */
const kept = new Map()
const faults = []
for (const door of doors) follow(door)
if (faults.length > 0) throw new Error(faults.join('\n'))
rmSync(types, { recursive: true })
for (const [file, text] of kept) {
  mkdirSync(dirname(join(types, file)), { recursive: true })
  writeFileSync(join(types, file), text)
}

function follow(file) {
  if (kept.has(file)) return
  const text = readFileSync(join(types, file), 'utf8')
  kept.set(file, text.replace(imported, withoutTs))
  for (const [, , , name] of text.matchAll(imported)) {
    if (name.startsWith('.')) follow(join(dirname(file), name.replace(/\.ts$/, '.d.ts')))
    else if (!name.startsWith('node:') && !seen.has(packageOf(name)))
      faults.push(`${file} shows a host the types of ${name}.`)
  }
}

/** A compiler resolves `./x.js` to x.d.ts, and takes `./x.ts` for the source itself. */
function withoutTs(whole, before, quote, name) {
  return name.startsWith('.') ? `${before}${quote}${name.replace(/\.ts$/, '.js')}${quote}` : whole
}

function packageOf(name) {
  return /^(@[^/]+\/)?[^/]+/.exec(name)?.[0]
}
