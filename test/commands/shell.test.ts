import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { widthOf } from '../../src/commands/terminal/text.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { runCommand } from '../process.ts'
import { runInTerminal, scriptProgram } from './pseudo-terminal.ts'

// The commands as an operator runs them, beside a server that is running on the same database.
let folder: string
let server: TestServer
let environment: Record<string, string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-shell-'))
  const DATABASE_URL = `file:${join(folder, 'shell.db')}`
  environment = { DATABASE_URL, SECRET_KEY: 'Zk3vYxqJm0kS9dTzWn7RfUe2LhBgAoCi5Q8M4Et' }
  server = await startServer(environment)
  await server.signedIn('ada')
  await server.signedIn('日本語の長い名前を持つ人')
  await server
    .visitor()
    .send('mutation { login(input: { username: "ada", password: "not this one" }) { __typename } }')
  const rows = { ipAddress: '2001:0db8:85a3:0000:0000:8a2e:0370:7334' }
  await server.app.db.session.updateMany({ data: rows })
  environment = { ...environment, PORT: new URL(server.url).port }
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const databaseFile = () => join(folder, 'shell.db')
const run = (...words: string[]) => runCommand(folder, words, environment)
const read = async (...words: string[]) => JSON.parse((await run(...words, '--json')).output)

describe('exit codes', () => {
  test.each<[number, string, string[], Record<string, string>]>([
    [2, 'no such command, with the nearest', ['sesions'], {}],
    [2, 'a type of event that there is not', ['audit', 'list', '--type', 'LOGON'], {}],
    [2, 'two ways to say which sessions', ['sessions', 'revoke', '--all', '--username', 'ada'], {}],
    [1, 'a user that there is not', ['users', 'show', 'nobody'], {}],
    [3, 'settings that cannot be used', ['sessions', 'stats'], { PORT: 'http' }],
    [
      4,
      'a database that cannot be reached',
      ['sessions', 'stats'],
      { DATABASE_URL: 'postgresql://127.0.0.1:1/none' },
    ],
  ])('a command exits with %i for %s', async (code, _what, words, more) => {
    const found = await runCommand(folder, words, { ...environment, ...more })
    expect([found.code, found.output]).toEqual([code, ''])
    expect(found.errors).not.toBe('')
    expect(found.errors).not.toMatch(/^ +at /m)
  })

  test('a mistyped command gets the nearest command suggested', async () => {
    expect((await run('sesions')).errors).toContain('(Did you mean sessions?)')
    expect((await run('users', 'promot')).errors).toContain('(Did you mean promote?)')
  })
})

test('status asks every part, counts what goes on, and exits with 1 once the server is gone', async () => {
  const status = await read('status')
  expect(status).toMatchObject({
    server: { url: server.url, isUp: true, says: 'ready' },
    database: { isUp: true, pending: [] },
    store: { engine: 'database', isUp: true },
    sessions: { signedIn: 2, guests: 0, isMore: false },
    lastDay: { LOGIN: 2, LOGIN_FAILED: 1 },
  })
  const down = await runCommand(folder, ['status'], { ...environment, PORT: '1' })
  expect(down.code).toBe(1)
  expect(down.output).toMatch(
    /^Coatcheck \d.*\nServer +DOWN: http:\/\/127.0.0.1:1: nothing listens/,
  )
})

test('status and check make no database and migrate none', async () => {
  const other = { ...environment, DATABASE_URL: 'file:./not-there.db', PORT: '0' }
  expect((await runCommand(folder, ['status'], other)).code).toBe(1)
  expect((await runCommand(folder, ['check'], other)).code).toBe(0)
  expect(existsSync(join(folder, 'not-there.db'))).toBe(false)
})

test('sessions stats, users show and audit list print what staff see', async () => {
  expect(await read('sessions', 'stats')).toEqual({
    active: 2,
    authenticated: 2,
    anonymous: 0,
    expired: 0,
  })
  const shown = await read('users', 'show', 'ADA')
  expect(shown).toMatchObject({ username: 'ada', sessions: [{ isActive: true, endReason: null }] })
  expect((await run('users', 'show', 'ada')).output).toMatch(/^username +ada$/m)
  const failed = await read('audit', 'list', '--type', 'login-failed', '--since', '1h')
  const detail = { reason: 'WRONG_CREDENTIALS', username: 'ada' }
  expect(failed).toMatchObject([{ type: 'LOGIN_FAILED', subject: { username: 'ada' }, detail }])
  expect(await read('audit', 'list', '--username', 'ada', '--until', '2020-01-01')).toEqual([])
  expect((await run('audit', 'list', '--limit', '1')).output).toMatch(
    /^AT .*\n\S+ +LOGIN_FAILED +- +ada .* wrong username or password$/m,
  )
  expect((await run('audit', 'list', '--type', 'login', '--limit', '1')).output).not.toContain(
    'WHY',
  )
})

test('users export prints all that is stored of a user, and users delete erases it and logs that it did', async () => {
  await server.signedIn('grace')
  const exported = await run('users', 'export', 'grace')
  expect((await run('users', 'export', 'grace', '--json')).output).toBe(exported.output)
  const data = JSON.parse(exported.output)
  expect(data.user).toMatchObject({ username: 'grace', hasPassword: true })
  expect(data.sessions).toHaveLength(1)
  const { user } = data
  const deleted = await runCommand(folder, ['users', 'delete', 'grace', '--yes', '--json'], {
    ...environment,
    NODE_ENV: 'production',
  })
  expect(JSON.parse(deleted.output)).toMatchObject({ username: 'grace', revokedCount: 1 })
  // The log of a command that no person watches has what the server's would have.
  const lines = deleted.errors.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'auth event', event: 'USER_DELETED', detail: { userId: user.id } },
  ])
  expect(await run('users', 'export', 'grace')).toMatchObject({ code: 1, output: '' })
})

test(
  'config prints where each value comes from, and secret a key that a server takes',
  { tags: ['K23'] },
  async () => {
    const { output } = await run('config', '--given')
    expect(output).toMatch(/^SECRET_KEY +\*{8} +environment$/m)
    expect(output).not.toContain(environment['SECRET_KEY'])
    const [, key = ''] = /^SECRET_KEY=(\S+)\n$/.exec((await run('secret')).output) ?? []
    expect(Buffer.from(key, 'base64url')).toHaveLength(48)
  },
)

test.each(['check', 'status'])(
  'in development %s makes nothing, a secret key neither',
  async (command) => {
    const fresh = mkdtempSync(join(tmpdir(), 'coatcheck-looks-'))
    const DATABASE_URL = `file:${join(fresh, 'db/looked-at.db')}`
    const contents = () => readdirSync(fresh, { recursive: true }).map(String).sort()
    expect((await runCommand(fresh, [command], { DATABASE_URL, PORT: '0' })).output).not.toBe('')
    expect(contents()).toEqual([])
    await databaseKind(DATABASE_URL).migrate(DATABASE_URL)
    const before = contents()
    const found = await runCommand(fresh, [command], { DATABASE_URL, PORT: '0' })
    expect([found.code, contents()]).toEqual([0, before])
    rmSync(fresh, { recursive: true, force: true })
  },
)

describe('check', () => {
  const production = { NODE_ENV: 'production', TRUST_PROXY: 'loopback', ALLOWED_HOSTS: 'a.example' }
  const about = (findings: { level: string; about: string }[]) =>
    findings.map((one) => `${one.level} ${one.about}`).filter((text) => !text.endsWith(' user'))

  test('check --deploy names faults, warnings and a file that others may read, and exits with 1', async () => {
    writeFileSync(join(folder, '.env'), 'SESSION_COOKIE_SECURE=false\n')
    chmodSync(folder, 0o755)
    const found = await run('check', '--deploy', '--json')
    rmSync(join(folder, '.env'))
    expect(found.code).toBe(1)
    expect(about(JSON.parse(found.output))).toEqual(
      expect.arrayContaining([
        'ERROR NODE_ENV',
        'ERROR SESSION_COOKIE_SECURE',
        'WARNING .env',
        'WARNING ALLOWED_HOSTS',
      ]),
    )
  })

  test('check --deploy finds no fault in NODE_ENV where a config file says production', async () => {
    const file = join(folder, 'coatcheck.config.mjs')
    writeFileSync(file, 'export default { settings: { production: true } }\n')
    const levels = async (environment: Record<string, string>) => {
      const found = await runCommand(folder, ['check', '--deploy', '--json'], environment)
      return about(JSON.parse(found.output)).filter((text) => text.endsWith(' NODE_ENV'))
    }
    expect(await levels(environment)).toEqual([])
    expect(await levels({ ...environment, NODE_ENV: 'development' })).toEqual(['ERROR NODE_ENV'])
    rmSync(file)
  })

  test('warnings alone let check exit with 0, unless --fail-level says otherwise', async () => {
    const check = (...words: string[]) =>
      runCommand(folder, ['check', ...words], {
        ...environment,
        ...production,
        SESSION_STAFF_AGE: '259200',
      })
    const [usual, strict] = [await check(), await check('--fail-level', 'WARNING')]
    expect([usual.code, strict.code]).toEqual([0, 1])
    expect(usual.output).toMatch(/^WARNING +SESSION_STAFF_AGE\n +Staff stay .*\n/m)
  })

  test('check names settings that cannot be used, beside what else it can judge', async () => {
    const { SECRET_KEY: _none, ...bare } = environment
    const keyless = {
      ...bare,
      NODE_ENV: 'production',
      SESSION_COOKIE_SECURE: 'false',
      SESSION_COOKIE_HTTPONLY: 'false',
      SESSION_COOKI_AGE: '5',
    }
    const found = await runCommand(folder, ['check', '--json'], keyless)
    expect(found.code).toBe(1)
    const findings = JSON.parse(found.output)
    expect(about(findings)).toEqual(
      expect.arrayContaining([
        'ERROR SECRET_KEY',
        'ERROR SESSION_COOKIE_SECURE',
        'WARNING environment',
      ]),
    )
    expect(findings).toContainEqual({
      level: 'WARNING',
      about: 'environment',
      says: 'SESSION_COOKIE_HTTPONLY is no longer a setting, and is ignored: it is always true.',
      cure: 'Take it out, or write it right.',
    })
    const broken = await runCommand(folder, ['check', '--json'], { ...environment, PORT: 'http' })
    expect(JSON.parse(broken.output)).toMatchObject([{ level: 'ERROR', about: 'PORT' }])
  })

  test('check names a database or a store that cannot be used', async () => {
    const away = {
      ...environment,
      DATABASE_URL: 'postgresql://127.0.0.1:1/none',
      SESSION_ENGINE: './none.mjs',
    }
    const found = await runCommand(folder, ['check', '--json'], away)
    expect(found.code).toBe(1)
    expect(found.output).toMatch(/DATABASE_URL|SESSION_ENGINE/)
  })
})

test.each([
  [1, ['users', 'show', 'nobody']],
  [1, ['users', 'export', 'nobody']],
  [2, ['audit', 'list', '--type', 'x']],
  [2, ['sesions']],
])(
  'with --json a command that exits with %i prints why as one JSON document',
  async (code, words) => {
    const failed = await run(...words, '--json')
    expect(failed.code).toBe(code)
    expect(JSON.parse(failed.output)).toEqual({
      error: { exitCode: code, message: expect.stringMatching(/^(There is no|unknown command)/) },
    })
    expect(failed.errors).not.toBe('')
  },
)

test.each([
  ['End every session in <database> (2 sessions)?', ['sessions', 'revoke', '--all']],
  [
    'End every session of ada in <database> (1 session)?',
    ['sessions', 'revoke', '--username', 'ada'],
  ],
  ['Erase the user ada for good?', ['users', 'delete', 'ada']],
])(
  'where there is no terminal for the question "%s", a command does nothing without --yes, whatever a pipe says',
  async (question, words) => {
    const program = [resolve('dist/main.js'), ...words]
    for (const input of ['', 'n\n', 'y\n', 'yes\n']) {
      const options = { cwd: folder, env: { ...process.env, ...environment }, input } as const
      const refused = spawnSync(process.execPath, program, { ...options, encoding: 'utf8' })
      expect([refused.status, refused.stdout, refused.stderr]).toEqual([
        2,
        '',
        `${question.replace('<database>', databaseFile())} There is no terminal to ask on: say --yes. Nothing was done.\n`,
      ])
    }
    expect(await read(...words)).toEqual({
      error: { exitCode: 2, message: expect.stringContaining('--yes') },
    })
    expect((await read('sessions', 'stats')).authenticated).toBe(2)
  },
)

test.each([
  'sessions revoke --username nobody',
  'users delete nobody',
  'users deactivate nobody',
  'users demote nobody',
])('"%s" says that there is no such user before it asks for --yes', async (line) => {
  const { code, errors } = await run(...line.split(' '))
  expect([code, errors]).toEqual([1, `There is no user nobody in ${databaseFile()}.\n`])
})

test('--version with --json prints one JSON document', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const words of [
    ['--version', '--json'],
    ['--json', '--version'],
  ]) {
    const { code, output } = await run(...words)
    expect([code, JSON.parse(output)]).toEqual([0, { version }])
  }
  expect(await run('--version')).toEqual({ code: 0, output: `${version}\n`, errors: '' })
})

test('import-django --json prints one JSON document for a dump of which a part cannot be imported', async () => {
  const fields = { username: 'x'.repeat(300), password: '' }
  const dump = [{ model: 'auth.user', pk: 1, fields }]
  writeFileSync(join(folder, 'dump.json'), JSON.stringify(dump))
  const failed = await run('import-django', 'dump.json', '--json')
  expect([failed.code, JSON.parse(failed.output)]).toMatchObject([1, { imported: 0 }])
})

test('a command whose reader goes away ends without an error', async () => {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [resolve('dist/main.js'), 'config'], {
    cwd: folder,
    env: { PATH, HOME, ...environment },
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdout.destroy()
  const code = await new Promise((done) => child.on('close', done))
  expect([code, errors]).toEqual([0, ''])
})

describe.skipIf(scriptProgram === null)('in a terminal', () => {
  test.each([
    [60, ['audit', 'list']],
    [80, ['sessions', 'list']],
    [120, ['users', 'list']],
  ])('no line of a table is longer than a terminal of %i columns', async (columns, words) => {
    const { code, screen } = await runInTerminal(words, { folder, columns, environment })
    expect(code).toBe(0)
    expect(screen).toContain('\u001b[1m') // titles are bold there
    const lines = stripVTControlCharacters(screen).split('\n')
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns)
  })

  test('a terminal gets colours unless NO_COLOR is set, and a pipe none unless FORCE_COLOR is', async () => {
    const look = (more: Record<string, string>) =>
      runInTerminal(['config'], { folder, columns: 80, environment: { ...environment, ...more } })
    expect((await look({ NO_COLOR: '1' })).screen).not.toContain('\u001b[')
    const forced = await runCommand(folder, ['config'], { ...environment, FORCE_COLOR: '1' })
    expect(forced.output).toContain('\u001b[')
  })

  test('sessions revoke --all asks a person first, and ends no session where they press Ctrl-C or say no', async () => {
    const options = { folder, columns: 80, environment }
    const cut = await runInTerminal(['sessions', 'revoke', '--all'], {
      ...options,
      typed: [{ at: 'End every session in', keys: '\u0003' }],
    })
    expect([cut.code, cut.screen.trimEnd().endsWith('Nothing was done.')]).toEqual([130, true])
    expect(cut.screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      cut.screen.lastIndexOf('\u001b[?25l'),
    )
    const no = await runInTerminal(['sessions', 'revoke', '--all'], {
      ...options,
      typed: [{ at: 'End every session in', keys: 'n\r' }],
    })
    expect(no.code).toBe(1)
    expect((await read('sessions', 'stats')).active).toBe(2)
  })

  test('a person at a terminal sees how far import-django, clear-sessions, users export, users delete and sessions revoke --all have come', async () => {
    await server.signedIn('linus')
    const fields = { username: 'django', password: '!', email: '' }
    const dump = [{ model: 'auth.user', pk: 1, fields }]
    writeFileSync(join(folder, 'users.json'), JSON.stringify(dump))
    const past = new Date(Date.now() - 7_200_000)
    await server.signedIn('barbara')
    await server.app.db.session.updateMany({
      where: { user: { username: 'barbara' } },
      data: { expiresAt: past },
    })
    for (const words of [
      ['import-django', 'users.json'],
      ['clear-sessions'],
      ['users', 'export', 'linus'],
      ['users', 'delete', 'linus', '--yes'],
      ['sessions', 'revoke', '--all', '--yes'],
    ]) {
      const { code, screen } = await runInTerminal(words, { folder, columns: 120, environment })
      expect([code, screen]).toEqual([0, expect.stringContaining('100%')])
    }
  })
})
