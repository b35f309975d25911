import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importUsers } from '../src/auth/accounts/import-users.ts'
import { loginDocument, password, startServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { runCommand } from './process.ts'

const dump = readFileSync('test/fixtures/django-users.json')

let server: TestServer
beforeAll(async () => {
  // A hash of Django's takes a busy machine longer than an operation may take by default.
  server = await startServer({ GRAPHQL_TIMEOUT: '60' })
})
afterAll(() => server.stop())

const find = (key: string) => server.app.db.user.findUniqueOrThrow({ where: { usernameKey: key } })

const entry = (fields: object) => ({
  model: 'auth.user',
  pk: 1,
  fields: {
    username: 'mary',
    password: '!',
    email: '',
    is_active: true,
    is_staff: false,
    is_superuser: false,
    date_joined: '2023-04-05T06:07:08Z',
    last_login: null,
    ...fields,
  },
})
const importing = (...entries: unknown[]) =>
  importUsers(server.app.db, Buffer.from(JSON.stringify(entries)))

test('an import from Django keeps what it knew of users, and a second import of the same dump changes nothing', async () => {
  const { db } = server.app
  expect(await importUsers(db, dump)).toEqual({
    model: 'auth.user',
    imported: 6,
    existing: 0,
    others: 0,
    faults: [],
  })
  expect(await find('ada')).toMatchObject({
    username: 'ada',
    email: 'ada@example.org',
    isActive: true,
    isStaff: true,
    epoch: 0,
    dateJoined: new Date('2023-04-05T06:07:08.910Z'),
    lastLogin: new Date('2024-02-29T23:59:59.123Z'),
  })
  expect(await find('blaise')).toMatchObject({
    isStaff: true,
    lastLogin: new Date('2024-03-01T10:00:00Z'),
  })
  expect(await find('charles')).toMatchObject({
    email: null,
    isStaff: false,
    dateJoined: new Date('2023-04-05T06:07:08.910Z'),
    lastLogin: null,
  })
  const before = await db.user.findMany()
  expect(await importUsers(db, dump)).toMatchObject({ imported: 0, existing: 6, faults: [] })
  expect(await db.user.findMany()).toEqual(before)
})

test.each([
  ['ada', password],
  ['blaise', password],
  ['charles', password],
  ['emile', 'cafe\u0301 cre\u0300me'],
])(
  '%s signs in with the old password, whose hash is ours from then on, and stays signed in',
  async (username, known) => {
    const visitor = server.visitor()
    const { login } = await visitor.data(loginDocument, { username, password: known })
    expect(login.__typename).toBe('LoginSuccess')
    const { passwordHash, epoch } = await find(username)
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$/)
    expect(server.app.passwords.needsUpgrade(passwordHash)).toBe(false)
    expect(epoch).toBe(0)
    expect((await visitor.data('{ me { username } }')).me.username).toBe(username)
    const again = await server.visitor().data(loginDocument, { username, password: known })
    expect(again.login.__typename).toBe('LoginSuccess')
  },
)

test('an imported user who is inactive, or whose password is unusable, cannot sign in', async () => {
  for (const username of ['grace', 'linus'])
    for (const offered of [password, '!', `!${'xYz0'.repeat(10)}`]) {
      const { login } = await server.visitor().data(loginDocument, { username, password: offered })
      expect(login.code).toBe('INVALID_CREDENTIALS')
    }
  expect((await find('linus')).passwordHash).toBe('!')
})

test('an import from Django names every bad entry, without its password, and imports the others', async () => {
  const outcome = await importing(
    entry({ username: 'good1' }),
    entry({ username: 'has space' }),
    entry({ username: 'old', password: 'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99' }),
    entry({ username: 'greedy', password: `pbkdf2_sha256$999999999$salt$${'A'.repeat(43)}=` }),
    entry({ username: 'both', email: 'nowhere', password: 'plain text' }),
    entry({ username: 'late', date_joined: 'yesterday' }),
    entry({ username: undefined }),
    { model: 'auth.user' },
    { model: 'auth.group', fields: { name: 'staff' } },
    null,
    entry({ username: 'esc\u001b[2J\u009b' }),
    entry({ username: 'GOOD1' }),
    entry({ username: 'good2' }),
  )
  expect(outcome).toMatchObject({ imported: 2, existing: 1, others: 2 })
  expect(outcome.faults).toEqual([
    'Entry 2 (has space): username: 1 to 150 letters, digits and @ . + - _ only.',
    'Entry 3 (old): password: Not a hash that can be checked.',
    'Entry 4 (greedy): password: Not a hash that can be checked.',
    'Entry 5 (both): email: Not an e-mail address. password: Not a hash that can be checked.',
    'Entry 6 (late): date_joined: Not a date and time.',
    expect.stringMatching(/^Entry 7: username: /),
    expect.stringMatching(/^Entry 8: fields: /),
    'Entry 11 (esc\u001b[2J\u009b): username: 1 to 150 letters, digits and @ . + - _ only.',
  ])
  const names = await server.app.db.user.findMany({
    where: { usernameKey: { startsWith: 'good' } },
  })
  expect(names.map(({ username }) => username).sort()).toEqual(['good1', 'good2'])
})

test.each(['', '{', '{}', 'null', '"users"'])('the import refuses %j as no dump', async (text) => {
  await expect(importUsers(server.app.db, Buffer.from(text))).rejects.toThrow(
    'This is no dump of Django.',
  )
})

/** What this file looks at in an event of the audit. */
interface Event {
  readonly type: string
  readonly subject: { readonly username: string }
  readonly detail: { readonly importedFrom?: string }
}

test('import-django says what it did, writes each user that it makes to the audit, and fails where an entry was bad', async () => {
  const environment = { DATABASE_URL: 'file:./imported.db' }
  const run = (words: string[]) => runCommand(server.folder, words, environment)
  writeFileSync(join(server.folder, 'users.json'), dump)
  expect(await run(['import-django', 'users.json'])).toEqual({
    code: 0,
    output: 'Imported 6 users. 0 existed already.\n',
    errors: '',
  })
  const events = await run(['audit', 'list', '--json'])
  const made = (JSON.parse(events.output) as Event[]).map(
    ({ type, subject, detail }) => `${type} ${subject.username} ${detail.importedFrom ?? ''}`,
  )
  expect(made.sort()).toEqual([
    'USER_CREATED ada auth.user',
    'USER_CREATED blaise auth.user',
    'USER_CREATED charles auth.user',
    'USER_CREATED emile auth.user',
    'USER_CREATED grace auth.user',
    'USER_CREATED linus auth.user',
    'USER_PROMOTED ada ',
    'USER_PROMOTED blaise ',
  ])
  expect(await run(['import-django', 'users.json'])).toMatchObject({
    output: 'Imported 0 users. 6 existed already.\n',
  })
  expect(await run(['audit', 'list', '--json'])).toEqual(events)
  writeFileSync(join(server.folder, 'bad.json'), JSON.stringify([entry({ username: 'a b' })]))
  expect(await run(['import-django', 'bad.json'])).toEqual({
    code: 1,
    output: 'Imported 0 users. 0 existed already.\n',
    errors: 'Entry 1 (a b): username: 1 to 150 letters, digits and @ . + - _ only.\n',
  })
  const { code, errors } = await run(['import-django', 'none.json'])
  expect([code, errors]).toEqual([1, expect.stringMatching(/^ENOENT[^\n]*\n$/)])
})

/** The dump in another encoding. */
const encodings: Record<string, (text: string) => Buffer> = {
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16, little end first': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16, big end first': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  'UTF-16 without a mark': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16 without a mark, big end first': (text) => Buffer.from(text, 'utf16le').swap16(),
}

test.each(Object.keys(encodings))('import-django reads a dump in %s', async (name) => {
  const username = `é${name.replace(/\W/g, '')}`
  const bytes = encodings[name]!(`\r\n${JSON.stringify([entry({ username })])}\r\n`)
  expect(await importUsers(server.app.db, bytes)).toMatchObject({ imported: 1, faults: [] })
  expect((await find(username.toLowerCase())).username).toBe(username)
})

const custom = (model: string, fields: object) => ({ ...entry(fields), model })

test('import-django finds a user model of the site’s own by its shape, or the operator names it', async () => {
  const { db } = server.app
  const bytes = (...entries: object[]) => Buffer.from(JSON.stringify(entries))
  const group = { model: 'auth.group', pk: 1, fields: { name: 'staff' } }
  const people = bytes(group, custom('accounts.user', { username: 'shape1' }))
  expect(await importUsers(db, people)).toMatchObject({
    model: 'accounts.user',
    imported: 1,
    others: 1,
  })
  const two = bytes(
    custom('accounts.user', { username: 'shape2' }),
    custom('shop.customer', { username: 'shape3' }),
  )
  await expect(importUsers(db, two)).rejects.toThrow(
    'Several models look like users: accounts.user (1), shop.customer (1). Choose one with --model.',
  )
  expect(await importUsers(db, two, { model: 'Shop.Customer' })).toMatchObject({
    imported: 1,
    others: 1,
  })
  // Where there is auth.user, nothing is guessed.
  const both = bytes(entry({ username: 'shape4' }), custom('shop.customer', { username: 'shape5' }))
  expect(await importUsers(db, both)).toMatchObject({ model: 'auth.user', imported: 1, others: 1 })
  // AbstractBaseUser has neither a username nor a date of joining.
  const bare = { password: '!', email: 'bare@example.com', last_login: null }
  const addresses = bytes({ model: 'people.person', pk: 1, fields: bare })
  expect(await importUsers(db, addresses)).toMatchObject({ imported: 1 })
  expect(await find('bare@example.com')).toMatchObject({ email: 'bare@example.com' })
})

test('import-django fails where the dump has no user, and says what it has', async () => {
  const run = (...words: string[]) =>
    runCommand(server.folder, ['import-django', 'groups.json', ...words], {
      DATABASE_URL: 'file:./imported.db',
    })
  writeFileSync(
    join(server.folder, 'groups.json'),
    '[{"model":"auth.group","fields":{"name":"a"}}]',
  )
  expect(await run()).toEqual({
    code: 1,
    output: '',
    errors:
      'Nothing was imported: there is no auth.user in the dump, but auth.group (1). --model says which are the users.\n',
  })
  writeFileSync(
    join(server.folder, 'groups.json'),
    JSON.stringify([custom('a.b', { username: 'named' })]),
  )
  expect(await run('--model', 'a.b')).toMatchObject({
    code: 0,
    output: 'Imported 1 user. 0 existed already.\n',
  })
})

test('where addresses are names, import-django imports the oldest of several users with one address, and names the others', async () => {
  const at = (username: string, date_joined: string) =>
    entry({ username, date_joined, email: 'Family@example.com' })
  const entries = [at('child', '2024-01-01T00:00:00Z'), at('parent', '2020-01-01T00:00:00Z')]
  const bytes = Buffer.from(JSON.stringify(entries))
  const outcome = await importUsers(server.app.db, bytes, { rules: { emailIsName: true } })
  expect(outcome).toMatchObject({
    imported: 1,
    faults: ['Entry 1 (child): email: Another account has this address.'],
  })
  expect(await find('parent')).toMatchObject({ emailKey: 'family@example.com' })
})

test('change-password sets the password and ends the sessions of that user', async () => {
  const visitor = await server.signedIn('carol')
  const environment = { DATABASE_URL: `file:${join(server.folder, 'test.db')}` }
  const change = (name: string, variables: Record<string, string>, stdin = '') =>
    runCommand(server.folder, ['change-password', name], { ...environment, ...variables }, stdin)
  expect(await change('CAROL', {}, 'a whole new password\n')).toMatchObject({
    code: 0,
    output: `Changed the password of carol in ${join(server.folder, 'test.db')}. Their session ended.\n`,
  })
  expect(await visitor.data('{ me { id } session { endReason } }')).toEqual({
    me: null,
    session: { endReason: 'PASSWORD_CHANGED' },
  })
  const credentials = { username: 'carol', password: 'a whole new password' }
  const { login } = await server.visitor().data(loginDocument, credentials)
  expect(login.__typename).toBe('LoginSuccess')
  expect((await change('carol', { CHANGE_PASSWORD: 'password' })).errors).toBe(
    'password: Not one of the most common passwords.\n',
  )
  expect((await change('nobody', { CHANGE_PASSWORD: password })).errors).toBe(
    `There is no user nobody in ${join(server.folder, 'test.db')}.\n`,
  )
})

test(
  "users that Django 4.2.28 itself dumped sign in with their passwords, and get a hash of today's",
  { tags: ['D2'] },
  async () => {
    const real = readFileSync('test/fixtures/django-4.2-users.json')
    const outcome = await importUsers(server.app.db, real)
    expect(outcome).toMatchObject({ imported: 4, faults: [] })
    for (const [username, kind] of [
      ['real-argon', 'argon2$argon2id$'],
      ['real-pbkdf2', 'pbkdf2_sha256$'],
      ['real-scrypt', 'scrypt$'],
    ] as const) {
      expect((await find(username)).passwordHash).toContain(kind)
      const visitor = server.visitor()
      const wrong = await visitor.data(loginDocument, { username, password: `${password}!` })
      expect(wrong.login.code).toBe('INVALID_CREDENTIALS')
      const { login } = await visitor.data(loginDocument, { username, password })
      expect(login.__typename).toBe('LoginSuccess')
      expect((await find(username)).passwordHash).toMatch(/^\$argon2id\$/)
      expect((await visitor.data('{ me { username } }')).me).toEqual({ username })
    }
    const { login } = await server
      .visitor()
      .data(loginDocument, { username: 'real-unusable', password })
    expect(login.code).toBe('INVALID_CREDENTIALS')
  },
)
