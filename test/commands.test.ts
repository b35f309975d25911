import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseName } from '../src/commands/database-name.ts'
import { runCommand, startProcess } from './process.ts'

// The commands as a user runs them: the built program, in a folder of its own.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-commands-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (words: string[], environment: Record<string, string> = {}, stdin = '') =>
  runCommand(folder, words, environment, stdin)
const startServing = (environment: Record<string, string> = {}) => startProcess(folder, environment)

const ask = async (url: string, query: string, cookie = '') => {
  const headers = { 'content-type': 'application/json', cookie }
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  })
  // oxlint-disable-next-line typescript/no-explicit-any
  return { response, body: (await response.json()) as any }
}

test('coatcheck help lists every command, and an unknown word is refused as such', async () => {
  const help = await run(['--help'])
  expect(help.code).toBe(0)
  for (const word of ['serve', 'migrate', 'create-superuser', 'clear-sessions', 'sessions']) {
    expect(help.output).toContain(word)
  }
  const wrong = await run(['severe'])
  expect([wrong.code, wrong.output]).toEqual([2, ''])
  expect(wrong.errors).toContain("unknown command 'severe'\n(Did you mean one of secret, serve?)")
})

test(
  'bad settings stop every command, and each fault is named at once',
  { tags: ['K9'] },
  async () => {
    writeFileSync(join(folder, '.env'), 'PORT=99999\nSESSION_COOKIE_AGE=soon\n')
    const { code, errors } = await run(['serve'], { SESSION_COOKIE_SAMESITE: 'None' })
    rmSync(join(folder, '.env'))
    expect(code).toBe(3)
    expect(errors).toMatch(/PORT: .*\n.*SESSION_COOKIE_AGE: .*\n.*SESSION_COOKIE_SAMESITE: /)
    expect(errors).not.toMatch(/ at .*\.js/)
  },
)

test('migrate brings a database up to date once, and has nothing to do the second time', async () => {
  const environment = { DATABASE_URL: 'file:./deep/er/m.db' }
  expect((await run(['migrate'], environment)).output).toMatch(/^Applied \d{14}_init\.\n/)
  expect((await run(['migrate'], environment)).output).toBe('The database is up to date.\n')
})

test('a command makes no database where it finds none, and says where it looked, save those that make users', async () => {
  const environment = { DATABASE_URL: 'file:./nowhere.db' }
  const answers = [
    ['sessions', 'revoke', '--all', '--yes'],
    ['users', 'list'],
    ['clear-sessions'],
  ].map((words) => run(words, environment))
  for (const { code, output, errors } of await Promise.all(answers)) {
    expect([code, output]).toEqual([4, ''])
    expect(errors).toMatch(/^There is no database at \.\/nowhere\.db\..* DATABASE_URL.*\n$/)
  }
  expect(existsSync(join(folder, 'nowhere.db'))).toBe(false)
  const words = ['create-superuser', '--username', 'first']
  const SUPERUSER_PASSWORD = 'correct horse battery'
  expect((await run(words, { ...environment, SUPERUSER_PASSWORD })).code).toBe(0)
  expect((await run(['users', 'list'], environment)).output).toContain('first')
})

test('create-superuser takes the password from the environment or standard input, and refuses a bad one in a sentence', async () => {
  const make = (words: string[], environment = {}, stdin = '') =>
    run(['create-superuser', ...words], { DATABASE_URL: 'file:./users.db', ...environment }, stdin)
  const secret = 'correct horse battery'
  expect(await make(['--username', 'ada'], { SUPERUSER_PASSWORD: secret })).toMatchObject({
    code: 0,
    output: 'Made the staff user ada in ./users.db.\n',
  })
  expect((await make(['--username', 'grace'], {}, `${secret}\n`)).code).toBe(0)
  expect(await make(['--username', 'ADA'], {}, secret)).toMatchObject({
    code: 1,
    errors: 'This username is taken. To make that user staff: coatcheck users promote ada\n',
  })
  expect((await make(['--username', 'mary'], {}, 'short')).errors).toBe(
    'password: At least 8 characters.\n',
  )
  expect((await make([])).errors).toContain('--username')
})

test('a command names its database without its user, password and parameters', () => {
  const url = 'postgresql://shop:p@ss@db.example:5432/shop?password=secret&schema=coat'
  expect(databaseName(url)).toBe('postgresql://db.example:5432/shop')
  expect(databaseName('file:./data/coatcheck.db')).toBe('./data/coatcheck.db')
})

describe('serve', () => {
  test(
    'serve makes the first staff user, prints the password once and to the terminal only, serves, and stops on SIGTERM',
    { tags: ['D12'] },
    async () => {
      const environment = { DATABASE_URL: 'file:./first/first.db' }
      const first = await startServing(environment)
      const secret = /Password: +(\S+)/.exec(first.output())?.[1]
      expect(secret).toMatch(/^[\w-]{16}$/)
      expect(first.output().split(secret!)).toHaveLength(2)
      expect((await fetch(`${first.url}/ready`)).status).toBe(200)
      expect((await fetch(`${first.url}/health`)).status).toBe(200)
      const { response, body } = await ask(
        first.url,
        `mutation { login(input: { username: "admin", password: "${secret}" }) { ... on LoginSuccess { user { isStaff } } } }`,
      )
      expect(body.data.login.user.isStaff).toBe(true)
      const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
      first.child.kill('SIGTERM')
      expect(await first.ended).toBe(0)
      expect(statSync(join(folder, 'first/secret-key')).mode & 0o777).toBe(0o600)

      const second = await startServing(environment)
      expect(second.output()).not.toContain('Password')
      expect((await ask(second.url, '{ me { username } }', cookie)).body.data.me.username).toBe(
        'admin',
      )
      second.child.kill('SIGINT')
      expect(await second.ended).toBe(0)
    },
  )

  test(
    'in production serve logs JSON lines, makes no staff user unless ADMIN_PASSWORD is given, and logs no password',
    { tags: ['D12'] },
    async () => {
      const production = {
        NODE_ENV: 'production',
        SECRET_KEY: 'k'.repeat(32),
        DATABASE_URL: 'file:./production.db',
      }
      const bare = await startServing(production)
      for (const line of bare.output().trim().split('\n'))
        expect(() => JSON.parse(line)).not.toThrow()
      bare.child.kill('SIGTERM')
      await bare.ended
      const given = await startServing({ ...production, ADMIN_PASSWORD: 'given by the operator' })
      const login =
        'mutation { login(input: { username: "admin", password: "given by the operator" }) { __typename } }'
      expect((await ask(given.url, login)).body.data.login.__typename).toBe('LoginSuccess')
      given.child.kill('SIGTERM')
      await given.ended
      expect(given.output()).not.toMatch(/given by the operator|k{32}/)
    },
  )

  test('two servers that start together on a new database both serve it', async () => {
    const environment = { DATABASE_URL: 'file:./together/t.db', ADMIN_PASSWORD: 'together at last' }
    const servers = await Promise.all([startServing(environment), startServing(environment)])
    for (const { url } of servers) expect((await fetch(`${url}/ready`)).status).toBe(200)
    for (const { child, ended } of servers) {
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
    }
  })

  describe('an address that cannot be had', () => {
    const away = '192.0.2.1' // no machine has it: RFC 5737
    let taken: Awaited<ReturnType<typeof startServing>>
    beforeAll(async () => {
      taken = await startServing({ DATABASE_URL: 'file:./taken.db' })
    })
    afterAll(() => taken.stop())

    test.each([
      ['PORT', '1', (port: string) => ({ PORT: port })],
      ['METRICS_PORT', '1', (port: string) => ({ PORT: '0', METRICS_PORT: port })],
      ['METRICS_PORT', '2', (port: string) => ({ PORT: '0', METRICS_PORT: port })],
    ])(
      'serve with a %s that another program has, and WORKERS=%s, fails with one sentence that names it',
      async (setting, WORKERS, settings) => {
        const { port, host } = new URL(taken.url)
        const { code, errors } = await run(['serve'], {
          DATABASE_URL: 'file:./taken.db',
          WORKERS,
          ...settings(port),
        })
        expect(errors).toBe(
          `${setting}: Another program listens at ${host} (EADDRINUSE): stop it, or set another port.\n`,
        )
        expect(code).toBe(1)
      },
    )

    test.each([
      ['HOST', 'its own listener', { HOST: away }],
      ['HOST', 'the listener of metrics', { HOST: away, METRICS_PORT: '0' }],
      ['METRICS_PORT', 'the listener of metrics', { METRICS_PORT: `${away}:0` }],
    ])(
      'serve with a %s that this machine does not have for %s fails with one sentence that names it',
      async (setting, _listener, settings) => {
        const { code, errors } = await run(['serve'], {
          DATABASE_URL: 'file:./taken.db',
          PORT: '0',
          ...settings,
        })
        expect(errors).toBe(
          `${setting}: This machine has no address ${away} (EADDRNOTAVAIL): set one that it has.\n`,
        )
        expect(code).toBe(1)
      },
    )
  })

  test('serve loads a custom engine by its path, and names what an engine lacks', async () => {
    writeFileSync(join(folder, 'half.mjs'), 'export const createStore = () => ({ load() {} })')
    const half = await run(['serve'], {
      SESSION_ENGINE: './half.mjs',
      DATABASE_URL: 'file:./half.db',
    })
    expect(half.code).toBe(4)
    expect(half.errors).toContain('lacks create, save, delete, clearExpired')
    const none = await run(['serve'], {
      SESSION_ENGINE: './none.mjs',
      DATABASE_URL: 'file:./half.db',
    })
    expect(none.errors).toContain('none.mjs cannot be loaded')
  })
})

test('sessions list, sessions revoke and clear-sessions act on the sessions of the database', async () => {
  const environment = { DATABASE_URL: 'file:./sessions.db', ADMIN_PASSWORD: 'for the sessions' }
  const { child, url, ended } = await startServing(environment)
  const login =
    'mutation { login(input: { username: "admin", password: "for the sessions" }) { ... on LoginSuccess { session { id } } } }'
  const { response, body } = await ask(url, login)
  const cookie = response.headers.getSetCookie()[0]!.split(';')[0]!
  const { id } = body.data.login.session

  const listed = await run(['sessions', 'list', '--username', 'ADMIN'], environment)
  expect(listed.output.split('\n')[1]).toMatch(new RegExp(`^${id.slice(0, 16)} +admin +`))
  expect(listed.output).not.toContain(cookie.slice('sessionid='.length))
  expect((await run(['sessions', 'revoke', 'zzzz'], environment)).errors).toMatch(/hexadecimal/)
  expect((await run(['sessions', 'revoke', 'f'.repeat(10)], environment)).code).toBe(1)
  expect((await run(['sessions', 'revoke', id.slice(0, 10)], environment)).output).toBe(
    `Ended the session ${id}.\n`,
  )
  expect((await ask(url, '{ me { id } session { endReason } }', cookie)).body.data).toEqual({
    me: null,
    session: { endReason: 'REVOKED' },
  })
  expect((await run(['clear-sessions'], environment)).output).toBe('No session had expired.\n')
  child.kill('SIGTERM')
  await ended
  expect(readFileSync(join(folder, 'sessions.db')).length).toBeGreaterThan(0)
})
