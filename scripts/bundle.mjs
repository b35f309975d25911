// Puts the program and the library, and what they need of node_modules, into a few files: a start then reads some of
// them, and not a thousand modules. Both come out of one bundle, so that a class is one class to `coatcheck serve` and to
// a coatcheck.config that imports 'coatcheck'. Why, and what not: docs/decisions/0030-the-program-is-bundled.md and
// docs/decisions/0043-the-package.md. Usage: npm run build
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { licencesOf } from './licences.mjs'
import { queryCompiler } from './query-compiler.mjs'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

/** What stays a package beside the program. */
const apart = [
  // Native code.
  '@node-rs/argon2',
  'better-sqlite3',
  // An engine, a backend or a host of this program may have them too, and objects of one copy are unknown to another.
  'graphql',
  '@pothos/core',
  '@pothos/plugin-errors',
  '@pothos/plugin-relay',
  '@pothos/plugin-scope-auth',
  // They look for modules while they run, in ways that no bundler follows.
  'memcache-client',
  'pino-pretty',
  // Megabytes that few processes ever read.
  '@graphql-yoga/render-graphiql',
  '@zxcvbn-ts/language-common',
]
const unknown = apart.filter((name) => !(name in dependencies))
if (unknown.length > 0) throw new Error(`No dependency of this project: ${unknown.join(', ')}`)

// The driver of PostgreSQL would take its native half where the operator has installed it. Tests that use
// coatcheck/testing have Vitest. A host that traces has OpenTelemetry's API.
const external = [...apart, 'pg-native', 'vitest', '@opentelemetry/api'].map(
  (name) => new RegExp(`^${name}(/|$)`),
)

// The files of the last build may have other names than those of this one.
rmSync('dist/program', { recursive: true, force: true })
const bundle = await rolldown({
  input: {
    main: 'src/main.ts',
    index: 'src/index.ts',
    testing: 'src/testing.ts',
  },
  platform: 'node',
  external,
  plugins: [queryCompiler()],
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(message)
  },
})
const { output } = await bundle.write({
  dir: 'dist',
  // As deep below the project as the rooms of src and dist, for src/database/migrations.ts.
  chunkFileNames: 'program/[name].js',
  sourcemap: true,
  // A sixth of the package. What they say is in src, and the licences are in a file of their own.
  comments: false,
})
await bundle.close()
writeFileSync(
  'dist/THIRD-PARTY-LICENSES',
  licencesOf(output.flatMap(({ moduleIds = [] }) => moduleIds)),
)
