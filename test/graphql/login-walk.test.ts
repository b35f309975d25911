import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

// docs/architecture.md lists the files of a first login. Here one is made, and the calls that are under way at each of its
// statements say which files it passes. The engine's own count of calls says which files had any part in it.

/** What no statement shows: where the socket's requests come in, and what writes the answer's cookie. */
const ends = ['http/server.ts', 'session/cookie/cookie.ts']

/** Below every way: what runs a statement, and what waits for it. */
const below = /^(?:database|waiting)\//

const statements: { sql: string; files: string[] }[] = []
/** The files of `src` of which a function ran. */
let ran: Set<string>
const { stackTraceLimit } = Error
let server: TestServer

beforeAll(async () => {
  server = await startServer(
    {},
    { onStatement: (sql) => statements.push({ sql, files: filesOf(new Error().stack ?? '') }) },
  )
  await createUser(server.app.db, server.app.passwords, { username: 'ada', password })
  Error.stackTraceLimit = 200
  statements.length = 0
  ran = await filesRunBy(async () => {
    const { data } = await server.visitor().send(loginDocument, { username: 'ada', password })
    expect(data).toMatchObject({ login: { __typename: 'LoginSuccess' } })
  })
})

afterAll(async () => {
  Error.stackTraceLimit = stackTraceLimit
  await server.stop()
})

/** The files of `src` in which a call is under way, from the innermost on. */
function filesOf(stack: string): string[] {
  return [...stack.matchAll(/\/src\/([\w/-]+\.ts):\d+:\d+/g)]
    .map(([, file = '']) => file)
    .filter((file) => !below.test(file))
}

/** The files of `src` of which a function is called while `work` is done. */
async function filesRunBy(work: () => Promise<void>): Promise<Set<string>> {
  const inspector = new Session()
  inspector.connect()
  await inspector.post('Profiler.enable')
  await inspector.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  await inspector.post('Profiler.takePreciseCoverage') // counts anew
  await work()
  const { result } = await inspector.post('Profiler.takePreciseCoverage')
  inspector.disconnect()
  // The first function is the file itself, which runs where it is loaded.
  const called = result.filter(({ functions: [, ...inside] }) =>
    inside.some(({ ranges }) => ranges[0]!.count > 0),
  )
  return new Set(
    called.flatMap(({ url }) => /\/src\/(?!generated)(.+\.tsx?)$/.exec(url)?.[1] ?? []),
  )
}

/** The file that each step under "A login" begins with. */
function listed(): string[] {
  const page = readFileSync('docs/architecture.md', 'utf8').split('\n## A login\n')[1] ?? ''
  const steps = page.split('\n## ')[0]?.matchAll(/^\d+\. \[[^\]]+\]\(([^)]+)\)/gm) ?? []
  return [...steps].map(([, link = '']) => relative('../src', link))
}

/** The files of `src` whose code a file imports: types are no code. */
function importedBy(file: string): string[] {
  const text = readFileSync(join('src', file), 'utf8')
  const imports = text.matchAll(/^import (?!type )[^']*'(\.[^']+)'/gm)
  return [...imports].map(([, path = '']) => join(dirname(file), path))
}

test('the page lists every file that a first login passes to its row, no other, and at most twelve', () => {
  const charged = statements[0]?.files ?? []
  const toAuthenticate = charged.slice(charged.indexOf('auth/logins/logins.ts'))
  const toTheRow = statements.find(({ sql }) => sql.includes('INSERT INTO "Session"'))?.files ?? []

  const passed = new Set([...ends, ...toAuthenticate, ...toTheRow])
  expect([...passed].toSorted()).toEqual(listed().toSorted())
  expect(passed.size).toBeLessThanOrEqual(12)
})

test('no file on the page imports code from a file above it, so that the reader of a login never goes back up', () => {
  const files = listed()
  const below = files.map((file) => importedBy(file).filter((one) => files.includes(one)))
  expect(below.flat().length).toBeGreaterThan(3)
  for (const [at, found] of below.entries())
    expect(found.filter((one) => files.indexOf(one) < at)).toEqual([])
})

test('a function of every file on the page runs at a first login, and of some sixty others that these ask', () => {
  expect(listed().filter((file) => !ran.has(file))).toEqual([])
  expect(ran.size - listed().length).toBeGreaterThan(50)
  expect(ran.size - listed().length).toBeLessThan(80)
})
