import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { createApp } from '../src/index.ts'
import type { Coat, CoatOptions } from '../src/index.ts'
import { createVisitor, password } from './harness.ts'
import { openNote } from './witness/notes.ts'
import { noteSettings } from './witness/settings.ts'

// The library's door: what a host opens, and what is left when it has closed it.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-library-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = promisify(execFile)

/** Runs a program that uses the built library in a process of its own, to the end that it comes to by itself. */
async function runHost(name: string, program: string): Promise<string> {
  const own = join(folder, name)
  mkdirSync(own)
  const file = join(own, 'host.mjs')
  const index = pathToFileURL(resolve('dist/index.js')).href
  writeFileSync(file, `import { createApp, readSettings } from '${index}'\n${program}`)
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: own, timeout: 60_000 })
  openNote('print')(stdout + stderr)
  expect(stderr).toBe('')
  return stdout
}

/** An application on a database of its own, in this process. */
function open(name: string, options: CoatOptions = {}): Promise<Coat> {
  const databaseUrl = `file:${join(folder, name, 'shop.db')}`
  noteSettings({ ADMIN_PASSWORD: password })
  const admin = { username: 'chief', password }
  return createApp({
    ...options,
    settings: { databaseUrl, http: { shutdownDelay: 0 }, admin, ...options.settings },
  })
}

const login = `mutation { login(input: { username: "chief", password: "${password}" }) { __typename } }`

test('createApp without options is the server of npm start, and a process ends by itself once it is closed', async () => {
  const output = await runHost(
    'defaults',
    `
    const before = () => [
      ['SIGTERM', 'SIGINT', 'SIGHUP', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection', 'warning']
        .map((event) => process.listenerCount(event)),
      process.stdout.listenerCount('error'), process.umask(), process.title, process.cwd(), process.exitCode,
    ]
    const atFirst = JSON.stringify(before())
    const coat = await createApp()
    const server = await coat.serve({ port: 0 })
    const ask = (query) => fetch(server.url + '/graphql', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }),
    }).then((answer) => answer.json())
    console.log(JSON.stringify(await ask('{ me { id } }')), await coat.isReady())
    console.log(JSON.stringify(before()) === atFirst ? 'unchanged' : JSON.stringify(before()) + atFirst)
    await Promise.all([coat.close(), coat.close(), server.stop()])
    console.log(await coat.isReady(), await coat.serve().catch((error) => error.message))
    `,
  )
  const lines = output.trim().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(/First staff user: admin/),
    expect.stringMatching(/Password: +\S{16} +\(shown only this once\)/),
    '{"data":{"me":null}} true',
    'unchanged',
    'false The application is closed.',
  ])
})

test('what cannot be opened is a sentence, and leaves no file, socket or timer open', async () => {
  const output = await runHost(
    'faults',
    `
    import { existsSync, readdirSync } from 'node:fs'
    const open = () => readdirSync('/proc/self/fd').length
    const pause = () => new Promise((done) => setTimeout(done, 20))
    // What loads modules has its files open for a while.
    const settled = async () => {
      let last = open()
      for (let same = 0; same < 10; same = open() === last ? same + 1 : 0) {
        last = open()
        await pause()
      }
      return last
    }
    const settings = { databaseUrl: 'file:./shop.db' }
    const store = { load() {}, create() {}, save() {}, delete() {}, clearExpired() {} }
    const nothing = { name: 'x' }
    // What is loaded once for every application stays open.
    await (await createApp({ settings })).close()
    const before = await settled()
    for (const options of [
      { settings: { databaseUrl: 'file:/proc/none.db' } },
      { settings: { databaseUrl: 'file::memory:' } },
      { settings, engine: async () => { throw new Error('The medium is not there.') } },
      { settings, engine: () => ({ ...store, save: null, async close() { console.log('closed') } }) },
      { settings, engine: () => ({ ...store, async close() { console.log('closed') } }), backends: [nothing] },
      { settings, backends: [{ ...nothing, authenticate() {} }, { ...nothing, authenticate() {} }] },
      { settings: { ...settings, sessionFilePath: './host.mjs/sessions' }, engine: 'file' },
      { settings, engine: 'redis-engine' },
      { settings, backends: ['ldap'] },
      { settings: { ...settings, secretKey: 'short' }, engine: './none.mjs', listeners: 3, backends: 'x' },
    ]) {
      const { name, message } = await createApp(options).then(() => ({}), (error) => error)
      console.log(name, message.replaceAll('\\n', ' '))
    }
    console.log(existsSync(':memory:'), (await settled()) - before, process.getActiveResourcesInfo().filter((name) => name !== 'TTYWrap' && name !== 'PipeWrap'))
    `,
  )
  expect(output.trim().split('\n')).toEqual([
    expect.stringMatching(/^DatabaseUnusable DATABASE_URL: \/proc\/none.db cannot be used: /),
    expect.stringMatching(
      /^DatabaseUnusable DATABASE_URL: Several connections cannot share a database in memory/,
    ),
    'EngineUnusable engine: It cannot be opened: The medium is not there.',
    'closed',
    'EngineUnusable engine: Its store lacks save.',
    'closed',
    'BackendUnusable backends: An entry of backends lacks name or authenticate.',
    'BackendUnusable backends: Two backends are called x.',
    expect.stringMatching(
      /^EngineUnusable SESSION_ENGINE: SESSION_FILE_PATH: .*cannot be written: /,
    ),
    expect.stringMatching(
      /^EngineUnusable SESSION_ENGINE: redis-engine cannot be loaded: .* Built in are database, cached-database, cache, file, signed-cookies\.$/,
    ),
    expect.stringMatching(
      /^BackendUnusable AUTHENTICATION_BACKENDS: ldap cannot be loaded: .* Built in are password, email\.$/,
    ),
    expect.stringMatching(
      /^ConfigError The configuration cannot be used: {3}listeners: A list of functions. {3}backends: A list of backends and names of backends. {3}settings\.secretKey \(SECRET_KEY\): At least 32 bytes. {3}SESSION_ENGINE: .\/none.mjs cannot be loaded: /,
    ),
    'false 0 []',
  ])
})

test('where the environment has what createApp misses, the error says that createApp does not read it', async () => {
  const message = (options: CoatOptions) =>
    open('unread', options).catch((error: unknown) => (error as Error).message)
  const missing = '  SECRET_KEY: Needed in production, at least 32 bytes.'
  const inProduction = { settings: { production: true } }
  expect(await message(inProduction)).toMatch(new RegExp(`${missing}$`))
  vi.stubEnv('SECRET_KEY', 's'.repeat(32))
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await message(inProduction)).toContain(
    `${missing} createApp does not read the environment: pass settings: readSettings(process.env).`,
  )
})

test('two applications of one process share neither users, cookies nor features, and one goes on when the other is closed', async () => {
  const heard: string[][] = [[], []]
  const listenersOf = (at: number) => [
    (event: { type: string }) => void heard[at]?.push(event.type),
  ]
  const first = await open('one', { listeners: listenersOf(0), features: { cart: false } })
  const second = await open('two', {
    features: { preferences: false },
    settings: { cookie: { name: 'second' } },
    listeners: listenersOf(1),
  })
  const [one, two] = [await first.serve({ port: 0 }), await second.serve({ port: 0 })]
  const visitor = createVisitor(`${one.url}/graphql`, 'sessionid', null)
  const other = createVisitor(`${two.url}/graphql`, 'second', null)
  expect(await visitor.data(login)).toEqual({ login: { __typename: 'LoginSuccess' } })
  expect((await other.send(login)).setCookie).toEqual([expect.stringMatching(/^second=/)])
  const hasFields = (coat: Coat) =>
    ['cart', 'preferences'].map((name) => name in (coat.schema.getQueryType()?.getFields() ?? {}))
  expect([hasFields(first), hasFields(second)]).toEqual([
    [false, true],
    [true, false],
  ])
  // The same browser, on one host: its cookie of one application opens nothing in the other.
  const stranger = createVisitor(`${two.url}/graphql`, 'second', visitor.cookie)
  expect(await stranger.data('{ me { id } }')).toEqual({ me: null })
  await first.close()
  await expect(visitor.send('{ me { id } }')).rejects.toThrow()
  expect(await other.data('{ me { username } }')).toEqual({ me: { username: 'chief' } })
  expect([await first.isReady(), await second.isReady()]).toEqual([false, true])
  const types = ['USER_CREATED', 'USER_PROMOTED', 'LOGIN'] // the first staff user's
  expect(heard).toEqual([types, types])
  await second.close()
})

test('createApp makes no first staff user, and serve makes one', async () => {
  const coat = await open('staff')
  const web = createServer(coat.graphql)
  await new Promise<void>((done) => web.listen(0, '127.0.0.1', done))
  const { port } = web.address() as AddressInfo
  const visitor = createVisitor(`http://127.0.0.1:${port}/graphql`, 'sessionid', null)
  expect(await visitor.data(login)).toEqual({ login: { __typename: 'InvalidCredentialsError' } })
  await coat.serve({ port: 0 })
  expect(await visitor.data(login)).toEqual({ login: { __typename: 'LoginSuccess' } })
  web.close()
  await coat.close()
})

test('an address that another server has is an error of serve, after which the application can be closed', async () => {
  const coat = await open('taken')
  const { url } = await coat.serve({ port: 0 })
  const port = Number(new URL(url).port)
  await expect(coat.serve({ port })).rejects.toThrow(/EADDRINUSE/)
  await coat.close()
})
