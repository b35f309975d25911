import { mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUser } from '../src/auth/users/new-user.ts'
import { loginDocument, password, startServer } from './harness.ts'
import type { TestServer, Visitor } from './harness.ts'
import { runCommand } from './process.ts'

// The commands as an operator runs them, beside a server that is running on the same database.
let folder: string
let server: TestServer
let ada: Visitor
let environment: Record<string, string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-users-'))
  environment = {
    DATABASE_URL: `file:${join(folder, 'users.db')}`,
    SECRET_KEY: 'a secret of thirty-two bytes, or more',
  }
  server = await startServer(environment)
  ada = await server.signedIn('ada')
  await ada.data('mutation { setSessionValue(key: "note", value: "mine") { __typename } }')
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...words: string[]) => runCommand(folder, words, environment)
const read = async (...words: string[]) => JSON.parse((await run(...words, '--json')).output)
const shell = { user: expect.any(String), host: hostname() }
const look = '{ me { username } session { id endReason } }'

test('users list writes a user a line, the newest first, or one JSON document without a secret in it', async () => {
  const { db, passwords } = server.app
  const email = 'grace@example.org'
  await createUser(db, passwords, { username: 'grace', password, email, isStaff: true })
  const { output } = await run('users', 'list')
  expect(output.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
    'USERNAME',
    'grace',
    'ada',
    '',
  ])
  expect(await read('users', 'list', '--search', 'EXAMPLE')).toEqual([
    {
      id: expect.any(String),
      username: 'grace',
      email,
      isActive: true,
      isStaff: true,
      dateJoined: expect.stringMatching(/Z$/),
      lastLogin: null,
      cursor: expect.any(String),
    },
  ])
  expect(await read('users', 'list', '--limit', '1')).toHaveLength(1)
  expect((await run('users', 'list', '--json')).output).not.toMatch(/argon2|password/i)
})

test('users show finds a user by the id that the log has too, and takes one of the two', async () => {
  const { id } = await read('users', 'show', 'ada')
  expect(await read('users', 'show', '--id', id)).toMatchObject({ id, username: 'ada' })
  const [unknown, both, none] = await Promise.all([
    run('users', 'show', '--id', 'ada'),
    run('users', 'show', 'ada', '--id', id),
    run('users', 'show'),
  ])
  expect([unknown.code, both.code, none.code]).toEqual([1, 2, 2])
  expect(unknown.errors).toMatch(/^There is no user ada in /)
})

test('sessions list and sessions show print sessions as staff see them, without the key', async () => {
  const { session } = await ada.data(look)
  const [{ cursor, ...listed }] = await read('sessions', 'list', '--username', 'ADA')
  expect(cursor).toMatch(/^[\w-]+$/)
  expect(listed).toMatchObject({
    id: session.id,
    device: null,
    user: { username: 'ada' },
    isActive: true,
  })
  const shown = await read('sessions', 'show', session.id.slice(0, 10))
  expect(shown).toEqual({ ...listed, data: { values: { note: 'mine' } } })
  const { output } = await run('sessions', 'show', session.id)
  expect(output).toContain('"note":"mine"')
  expect(output + JSON.stringify([listed, shown])).not.toContain(ada.cookie)
  expect(await run('sessions', 'show', 'f'.repeat(64))).toMatchObject({
    code: 1,
    output: '',
    errors: `There is no session ${'f'.repeat(64)}.\n`,
  })
  expect((await run('sessions', 'show', 'x', '--json')).errors).toMatch(/hexadecimal/)
})

test('sessions list says that there is no user of a name, and lists nothing for a user without such sessions', async () => {
  const unknown = await run('sessions', 'list', '--username', 'nobody')
  expect(unknown).toMatchObject({ code: 1, output: '' })
  expect(unknown.errors).toMatch(/^There is no user nobody in /)
  const { code, output } = await run(
    'sessions',
    'list',
    '--username',
    'ada',
    '--status',
    'EXPIRED',
    '--json',
  )
  expect([code, JSON.parse(output)]).toEqual([0, []])
})

test('sessions revoke --json names what it ended, and the record shows why, and nothing of what it held', async () => {
  const visitor = server.visitor()
  const { login } = await visitor.data(loginDocument, { username: 'ada', password })
  const { id } = login.session
  expect(await read('sessions', 'revoke', id.slice(0, 12))).toEqual({ id })
  expect((await visitor.data(look)).session.endReason).toBe('REVOKED')
  expect(await read('sessions', 'show', id)).toMatchObject({
    endReason: 'REVOKED',
    isActive: false,
    data: null,
  })
  expect((await run('sessions', 'revoke', id, '--json')).code).toBe(1)
})

test('a terminal gets no character that could steer it, and JSON means the same', async () => {
  const userAgent = 'red\u001b[31m \u009b2J \u202e'
  const visitor = server.visitor()
  const { login } = await visitor.data(loginDocument, { username: 'ada', password })
  const { id } = login.session
  await server.app.db.session.update({ where: { id }, data: { userAgent } })
  for (const words of [
    ['sessions', 'show', id],
    ['sessions', 'show', id, '--json'],
  ])
    expect((await run(...words)).output).not.toMatch(/[^\P{C}\n]/u)
  expect((await read('sessions', 'show', id)).userAgent).toBe(userAgent)
  await visitor.data('mutation { logout { session { id } } }')
})

test('users deactivate signs a user out, and users activate lets them sign in again', async () => {
  const { user, revokedCount } = await read('users', 'deactivate', 'ADA')
  expect([user.username, user.isActive, revokedCount]).toEqual(['ada', false, 1])
  expect(Object.keys(user)).not.toContain('epoch')
  expect(await ada.data(look)).toEqual({
    me: null,
    session: { id: null, endReason: 'USER_DEACTIVATED' },
  })
  expect((await run('users', 'deactivate', 'ada')).output).toBe(
    'The user ada may no longer sign in. They had no session open.\n',
  )
  expect((await run('users', 'activate', 'ada')).output).toBe('The user ada may sign in.\n')
  expect((await ada.data(look)).me).toBeNull()
  const again = await server.visitor().data(loginDocument, { username: 'ada', password })
  expect(again.login.__typename).toBe('LoginSuccess')
  expect(await run('users', 'activate', 'nobody')).toMatchObject({
    code: 1,
    output: '',
    errors: `There is no user nobody in ${join(folder, 'users.db')}.\n`,
  })
})

test('users promote makes a user staff at once, users demote takes that away, and the audit has both', async () => {
  const run = (...words: string[]) => runCommand(folder, words, environment)
  const { id } = await server.app.users.create({ username: 'climber', password })
  const visitor = server.visitor()
  await visitor.data(loginDocument, { username: 'climber', password })
  expect(await run('users', 'promote', ' Climber ')).toEqual({
    code: 0,
    output: 'The user climber is staff now.\n',
    errors: '',
  })
  expect((await visitor.data('{ sessionStats { active } }')).sessionStats.active).toBeGreaterThan(0)
  const { code, output } = await run('users', 'demote', 'climber', '--json')
  expect([code, JSON.parse(output).user.isStaff]).toEqual([0, false])
  const { errors } = await visitor.send('{ sessionStats { active } }')
  expect(errors?.[0].extensions.code).toBe('FORBIDDEN')
  expect(await run('users', 'promote', 'nobody')).toMatchObject({
    code: 1,
    errors: `There is no user nobody in ${join(folder, 'users.db')}.\n`,
  })
  const events = await server.app.db.auditEvent.findMany({
    where: { subjectId: id, type: { in: ['USER_PROMOTED', 'USER_DEMOTED'] } },
    orderBy: { at: 'asc' },
  })
  expect(events.map(({ type }) => type)).toEqual(['USER_PROMOTED', 'USER_DEMOTED'])
  for (const { detail } of events) expect(JSON.parse(detail ?? '{}')).toEqual({ shell })
})

test('the audit has create-superuser, with the user and the host of the shell', async () => {
  const made = { ...environment, SUPERUSER_PASSWORD: password }
  await runCommand(folder, ['create-superuser', '--username', 'root'], made)
  const { db } = server.app
  const where = { subject: { usernameKey: 'root' } }
  const events = await db.auditEvent.findMany({ where, orderBy: { id: 'asc' } })
  expect(events.map(({ type, detail }) => [type, JSON.parse(detail ?? '{}')])).toEqual([
    ['USER_CREATED', { shell }],
    ['USER_PROMOTED', { shell }],
  ])
})
