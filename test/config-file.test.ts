import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand, startProcess } from './process.ts'

// The built program, in folders that have a coatcheck.config.
let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'coatcheck-config-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** A new folder with these files. */
function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(root, 'app-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const index = pathToFileURL(resolve('dist/index.js')).href

test('the server and the commands take settings, a store, backends and listeners from coatcheck.config', async () => {
  const folder = folderOf({
    'coatcheck.config.mjs': `
      import { appendFileSync } from 'node:fs'
      import { readSettings } from '${index}'
      const note = (line) => appendFileSync('notes', line + '\\n')
      const records = new Map()
      export default {
        settings: { ...readSettings(process.env), databaseUrl: 'file:./of-the-file.db' },
        engine: ({ now, secretKey, log }) => {
          note('engine ' + [typeof now(), secretKey.length > 31, typeof log.warn])
          return {
            async load(id) { return records.get(id) ?? null },
            async create(id, record) { records.set(id, { ...record, version: 1 }); return 1 },
            async save(id, record, version) { records.set(id, { ...record, version: version + 1 }); return version + 1 },
            async delete(id) { records.delete(id) },
            async clearExpired() { note('cleared'); return 0 },
            async close() { note('closed') },
          }
        },
        backends: ['password', { name: 'none', authenticate: async () => null }],
        listeners: [({ type }) => note(type)],
      }`,
    '.env': 'SESSION_COOKIE_NAME=of-the-env-file\nSESSION_COOKIE_AGE=600\n',
  })
  const password = 'a password of the test'
  const server = await startProcess(folder, { SESSION_COOKIE_AGE: '700', ADMIN_PASSWORD: password })
  const input = `{ username: "admin", password: "${password}" }`
  const query = `mutation { login(input: ${input}) { __typename } }`
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  expect(await answer.json()).toEqual({ data: { login: { __typename: 'LoginSuccess' } } })
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^of-the-env-file=[\w-]{43}; Max-Age=700;/),
  ])
  const list = await runCommand(folder, ['sessions', 'list', '--json'])
  expect(JSON.parse(list.output)).toMatchObject([{ user: { username: 'admin' } }])
  expect(list.errors).toBe('')
  const cleared = await runCommand(folder, ['clear-sessions'])
  expect(cleared.output).toBe('No session had expired.\n')
  await server.stop()
  const notes = readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n')
  expect(notes[0]).toBe('engine number,true,function')
  expect(notes.filter((note) => note.startsWith('engine')).length).toBe(3)
  expect(notes.filter((note) => note === 'closed').length).toBe(3)
  expect(notes).toEqual(expect.arrayContaining(['LOGIN', 'cleared']))
})

test('the environment wins over the engine and the backends of coatcheck.config', async () => {
  const folder = folderOf({
    'coatcheck.config.js': `export default {
      engine: () => { throw new Error('not asked for') },
      backends: [{ name: 3 }],
    }`,
    'package.json': '{ "type": "module" }',
  })
  const lines = (run: { errors: string }) => run.errors.trim().split('\n')
  const database = { DATABASE_URL: 'file:./a.db' }
  await runCommand(folder, ['migrate'], database)
  const list = (environment: Record<string, string>) =>
    runCommand(folder, ['sessions', 'list'], { ...database, ...environment })
  expect(lines(await list({}))).toEqual([
    'engine: It cannot be opened: not asked for',
    'backends: An entry of backends lacks name or authenticate.',
  ])
  const named = { SESSION_ENGINE: 'file', AUTHENTICATION_BACKENDS: 'password' }
  expect((await list(named)).code).toBe(0)
})

test.each<[string, Record<string, string>, RegExp]>([
  [
    'a config file without a default export',
    { 'coatcheck.config.mjs': 'export const options = {}' },
    /^ {2}coatcheck.config.mjs has no default export with the options of createApp.$/m,
  ],
  [
    'two config files',
    { 'coatcheck.config.mjs': 'export default {}', 'coatcheck.config.js': '' },
    /^ {2}coatcheck.config.js and coatcheck.config.mjs are both there: keep one of them.$/m,
  ],
  [
    'a config file that throws',
    { 'coatcheck.config.mjs': "throw new Error('no disk')" },
    /^ {2}coatcheck.config.mjs cannot be loaded: no disk$/m,
  ],
  [
    'an option that there is not, beside a setting that is wrong',
    { 'coatcheck.config.mjs': "export default { backend: 'password', settings: { port: -1 } }" },
    /^ {2}backend is no option: there are .*\n {2}settings.port \(PORT\): /m,
  ],
])('a command ends with one sentence and no stack for %s', async (_what, files, sentence) => {
  const run = await runCommand(folderOf(files), ['migrate'])
  expect(run.code).toBe(3)
  expect(run.errors).toMatch(sentence)
  expect(run.errors).not.toMatch(/^ +at /m)
})

const runsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript)

test('a config file, an engine and a backend may be TypeScript, and an older Node says what to do', async () => {
  const folder = folderOf({
    'coatcheck.config.ts': `
      const settings: { databaseUrl: string } = { databaseUrl: 'file:./typed.db' }
      export default { settings, engine: './engine.ts' }`,
    'engine.ts': 'export const createStore = (): never => { throw new Error("typed") }',
  })
  await runCommand(folder, ['migrate'])
  const { errors } = await runCommand(folder, ['sessions', 'list'])
  const version = process.versions.node
  const advice = `Node ${version} runs no TypeScript. Take Node 22.18 or newer, or compile it to JavaScript.`
  expect(errors).toContain(
    runsTypeScript
      ? 'SESSION_ENGINE: ./engine.ts cannot be opened: typed'
      : `coatcheck.config.ts cannot be loaded: ${advice}`,
  )
  mkdirSync(join(folder, 'plain'))
  writeFileSync(join(folder, 'plain', 'engine.ts'), '')
  const named = { SESSION_ENGINE: './engine.ts', AUTHENTICATION_BACKENDS: './engine.ts' }
  await runCommand(join(folder, 'plain'), ['migrate'])
  const plain = await runCommand(join(folder, 'plain'), ['sessions', 'list'], named)
  if (!runsTypeScript)
    expect(plain.errors.trim().split('\n')).toEqual([
      `SESSION_ENGINE: ./engine.ts cannot be loaded: ${advice}`,
      `AUTHENTICATION_BACKENDS: ./engine.ts cannot be loaded: ${advice}`,
    ])
})
