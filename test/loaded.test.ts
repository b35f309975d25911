import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from './harness.ts'
import { runCommand, startProcess } from './process.ts'

// What a process loads costs each start time and memory. The built program is looked at: what is in its files, and which
// of them it reads.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-loaded-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hook = pathToFileURL(resolve('test/fixtures/note-modules.mjs')).href

/** The environment that makes a process write its modules down, and the packages and files that they are of. */
function watch(name: string) {
  const file = join(folder, name)
  const environment = { NODE_OPTIONS: `--import=${hook}`, NOTE_MODULES: file }
  const loaded = () => {
    const files = [...new Set(readFileSync(file, 'utf8').trim().split('\n'))]
    return new Set(files.flatMap(partsOf).map(nameOf))
  }
  return { environment, loaded }
}

/** The modules that a file of the program was made of, by its source map; a file without one is itself. */
function partsOf(file: string): string[] {
  if (!file.startsWith(resolve('dist')) || !existsSync(`${file}.map`)) return [file]
  const { sources } = JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] }
  return sources.map((source) => relative('', join(dirname(file), source)))
}

/** The package that a module is of; of our own, its path. */
function nameOf(path: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path
}

/** Packages that no process needs before staff ask, which serves in production, on SQLite and the default engine. */
const foreign = [
  '@graphql-yoga/render-graphiql',
  '@inquirer/core',
  '@prisma/adapter-pg',
  '@prisma/client',
  '@redis/client',
  '@zxcvbn-ts/language-common',
  'cli-progress',
  'memcache-client',
  'pg',
  'pg-pool',
  'pg-protocol',
  'pino-pretty',
  'preact',
  'preact-render-to-string',
]

test('a server in production loads neither the clients of other stores nor what only a terminal needs', async () => {
  const { environment, loaded } = watch('serve')
  const database = { DATABASE_URL: 'file:./serve.db' }
  const production = { NODE_ENV: 'production', SECRET_KEY: 'k'.repeat(32) }
  const server = await startProcess(folder, { ...production, ...database, ...environment })
  await server.stop()
  const names = loaded()
  expect(foreign.filter((name) => names.has(name))).toEqual([])
  const others = [...names].filter((name) => /postgresql(?!-url)|redis|memcached/.test(name))
  expect(others).toEqual([])
  // WORKERS is 1.
  expect([...names].filter((name) => name.startsWith('src/workers/'))).toEqual([])
  // Nothing is counted where METRICS_PORT is not set, and nothing traced without a provider.
  expect([...names].filter((name) => /^src\/metrics|opentelemetry/.test(name))).toEqual([])
  // What it must have: the list would else be empty for a reason of its own.
  expect([...names]).toEqual(
    expect.arrayContaining(['graphql', 'better-sqlite3', 'src/session/commit/commit.ts']),
  )
})

test('coatcheck --help loads the parser of the command line and the refusals, and no room of the server', async () => {
  const { environment, loaded } = watch('help')
  expect((await runCommand(folder, ['--help'], environment)).code).toBe(0)
  const names = [...loaded()].filter((name) => !/^src\/commands\/|rolldown-runtime/.test(name))
  expect(names.sort()).toEqual(['commander', 'src/main.ts', 'src/refusals.ts'])
})

/** What people run to see what is there, with the id of a session, and what it exits with. */
const looking = (id: string) =>
  [
    ['sessions list', 0],
    [`sessions show ${id}`, 0],
    ['users list', 0],
    ['users show ada', 0],
    ['audit list', 0],
    ['audit list --username ada --type LOGIN', 0],
    ['check --deploy', 1], // these settings are not for production
  ] as const

test('a command that only looks loads neither GraphQL nor the client of Prisma', async () => {
  const settings = { DATABASE_URL: `file:${join(folder, 'list.db')}` }
  // It migrates the database, and leaves something of each kind to see.
  const server = await startServer(settings)
  const ada = await server.signedIn('ada')
  const { session } = await ada.data('{ session { id } }')
  await server.stop()
  for (const [words, expected] of looking(session.id)) {
    const { environment, loaded } = watch(words.replaceAll(' ', '-'))
    const { code } = await runCommand(folder, words.split(' '), { ...settings, ...environment })
    expect([words, code]).toEqual([words, expected])
    const names = [...loaded()]
    const heavy =
      /^(graphql|graphql-yoga|graphql-jit|@pothos|@graphql-tools|@inquirer|@prisma\/client|pino-pretty|pg)(\/|$)|query_compiler/
    const found = names.filter((name) => heavy.test(name) || name.startsWith('src/graphql/types'))
    expect([words, found]).toEqual([words, []])
    expect(names).toEqual(expect.arrayContaining(['better-sqlite3', 'src/commands/run.ts']))
  }
})
