import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

// Who may import whom: a file knows its own room and those below it. Leaves are handed to the rooms that need them.
const rooms = [
  'main',
  'commands',
  'testing',
  'index',
  'coat',
  'app',
  'metrics',
  'admin',
  'host',
  'features',
  'graphql',
  'upkeep',
  'auth',
  'bus',
  'session',
  'http',
]
const leaves = ['config', 'database', 'workers', 'waiting', 'refusals']

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('generated'))
  .map((path) => join('src', path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))

function roomOf(path: string): string {
  const [, first = ''] = path.split('/')
  return first.replace(/\.tsx?$/, '')
}

function importsOf({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(([, to = '']) =>
    normalize(join(dirname(path), to)),
  )
}

test('every file is in a room', () => {
  expect(files.length).toBeGreaterThan(40)
  for (const { path } of files)
    expect([path, [...rooms, ...leaves].includes(roomOf(path))]).toEqual([path, true])
})

test('imports go one way', () => {
  const wrong = files.flatMap((file) => {
    const from = roomOf(file.path)
    return importsOf(file)
      .filter((to) => {
        const room = roomOf(to)
        if (room === from || room === 'generated') return false
        if (leaves.includes(from)) return leaves.indexOf(room) <= leaves.indexOf(from)
        if (room === 'config')
          // What is set is handed to them. A module is loaded by its name, and an error names its setting.
          return (
            ['http', 'session'].includes(from) && !/(module|settings|longest-cookie)\.ts$/.test(to)
          )
        if (leaves.includes(room)) return false
        return rooms.indexOf(room) < rooms.indexOf(from)
      })
      .map((to) => `${file.path} imports ${to}`)
  })
  expect(wrong).toEqual([])
})

test('the command line works through the use cases of auth: it knows no GraphQL', () => {
  const wrong = files
    .filter(({ path }) => path.startsWith('src/commands/'))
    .flatMap((file) =>
      importsOf(file)
        .filter((to) => roomOf(to) === 'graphql')
        .map((to) => `${file.path} imports ${to}`),
    )
  expect(wrong).toEqual([])
})

test('no file imports itself through others, not even for a type', () => {
  const imports = new Map(files.map((file) => [file.path, importsOf(file)]))
  const seen = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' > '))
    if (seen.has(path)) return
    seen.add(path)
    for (const to of imports.get(path) ?? []) visit(to, [...way, path])
  }
  for (const { path } of files) visit(path, [])
  expect(circles).toEqual([])
})

test('no file is longer than 200 lines', () => {
  const long = files.filter(({ text }) => text.split('\n').length > 201)
  expect(long.map(({ path }) => path)).toEqual([])
})

test('sessions know neither users nor GraphQL, and only the plugin knows Yoga', () => {
  for (const { path, text } of files.filter(({ path }) => path.startsWith('src/session/'))) {
    expect([path, /from '(graphql|@pothos\/[^']*)'/.test(text)]).toEqual([path, false])
    if (!path.endsWith('plugin.ts'))
      expect([path, text.includes('graphql-yoga')]).toEqual([path, false])
  }
  for (const { path, text } of files.filter(({ path }) => path.startsWith('src/auth/'))) {
    expect([path, /from '(graphql|@pothos\/[^']*)'/.test(text)]).toEqual([path, false])
  }
})

test('stores do not import each other', () => {
  for (const file of files.filter(({ path }) => path.startsWith('src/session/stores/'))) {
    const kind = (path: string) =>
      path
        .split('/')
        .at(-1)
        ?.replace(/[-.].*$/, '')
    const others = importsOf(file).filter(
      (to) => to.includes('/stores/') && kind(to) !== kind(file.path),
    )
    expect([file.path, others]).toEqual([file.path, []])
  }
})

describe('only here', () => {
  test.each<[string, RegExp, string[]]>([
    [
      'the environment is read',
      /process\.env/,
      // The second reads a variable of Vitest, which is no setting.
      ['src/config/config.ts', 'src/testing/describe-session-store.ts'],
    ],
    [
      'PostgreSQL is opened',
      /from '(pg|@prisma\/adapter-pg)'/,
      [
        'src/database/postgresql-client.ts',
        'src/database/postgresql-pool.ts',
        'src/database/postgresql-statements.ts',
        'src/database/postgresql.ts',
      ],
    ],
    ['Set-Cookie is written', /Set-Cookie'/, ['src/session/cookie.ts']],
    ['argon2 is called', /from '@node-rs\/argon2'/, ['src/auth/passwords/password.ts']],
    [
      'SQLite is opened',
      /from '(better-sqlite3|@prisma\/adapter-better-sqlite3)'/,
      [
        'src/database/sqlite-file.ts',
        'src/database/sqlite-statements.ts',
        'src/database/sqlite.ts',
      ],
    ],
    [
      'engines are told apart by their names',
      /'(cached-database|signed-cookies)'/,
      ['src/config/disagreements.ts', 'src/session/engines.ts'],
    ],
    ['rooms are put together', /openApp\(/, ['src/app.ts', 'src/coat.ts', 'src/commands/run.ts']],
  ])('only the named files do this: %s', (_what, pattern, where) => {
    const found = files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)
    expect(found.sort()).toEqual(where)
  })
})

test('the library has one barrel, and it exports whole the files of interfaces that its users merge with', () => {
  const lines = files.flatMap(({ path, text }) =>
    [...text.matchAll(/^export \* from .*$/gm)].map(([line]) => `${path}: ${line}`),
  )
  expect(lines).toEqual([
    "src/index.ts: export * from './graphql/named-types.ts'",
    "src/index.ts: export * from './session/session-data.ts'",
  ])
})
