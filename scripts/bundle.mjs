// Puts the program, dist/main.js, and what it needs of node_modules into a few files: a start then reads some of them,
// and not a thousand modules. Why, and what not: docs/decisions/0030-the-program-is-bundled.md. Usage: npm run build
import { readFileSync, rmSync } from 'node:fs'
import { rolldown } from 'rolldown'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

/** What stays a package beside the program. */
const apart = [
  // Native code.
  'argon2',
  'better-sqlite3',
  // An engine, a backend or a host of this program may have it too, and objects of one copy are unknown to another.
  'graphql',
  // They look for modules while they run, in ways that no bundler follows.
  'memcache-client',
  'pino-pretty',
  // Nine megabytes that few processes ever read.
  '@graphql-yoga/render-graphiql',
]
const unknown = apart.filter((name) => !(name in dependencies))
if (unknown.length > 0) throw new Error(`No dependency of this project: ${unknown.join(', ')}`)

// The driver of PostgreSQL would take its native half where the operator has installed it.
const external = [...apart, 'pg-native'].map((name) => new RegExp(`^${name}(/|$)`))

// The files of the last build may have other names than those of this one.
rmSync('dist/program', { recursive: true, force: true })
const bundle = await rolldown({
  input: 'src/main.ts',
  platform: 'node',
  external,
  onLog(level, { message }) {
    if (level === 'warn') throw new Error(message)
  },
})
await bundle.write({
  dir: 'dist',
  // As deep below the project as the rooms of src and dist, for src/database/migrations.ts.
  chunkFileNames: 'program/[name].js',
  sourcemap: true,
})
await bundle.close()
