import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { writeGuideBackend } from '../guide.ts'

const secret = 'the password of the directory'

describe('the backend of the guide', () => {
  let server: TestServer
  beforeAll(async () => {
    const AUTHENTICATION_BACKENDS = `${writeGuideBackend()},password`
    server = await startServer({ AUTHENTICATION_BACKENDS })
  })
  afterAll(() => server?.stop())

  const login = async (username: string, given = secret) =>
    (await server.visitor().data(loginDocument, { username, password: given })).login

  test('the backend of the guide makes one user of many first logins at once, who keeps the account at the next', async () => {
    const names = ['ada', 'ADA', ' Ada', 'ada', 'aDa\u00a0'] // one more at once would have to wait
    const answers = await Promise.all(names.map((name) => login(name)))
    const ids = answers.map(({ user }) => user?.id)
    expect(new Set(ids).size).toBe(1)
    expect((await login('ada')).user).toEqual({ id: ids[0], username: 'Ada' })
    const [ada, another] = await server.app.db.user.findMany()
    expect(another).toBeUndefined()
    expect(ada).toMatchObject({ email: 'ada@company.example', isStaff: false, isActive: true })
  })

  test('the backend of the guide makes a user whom no password opens, and refuses a wrong password', async () => {
    const { passwordHash } = await server.app.db.user.findFirstOrThrow()
    expect(passwordHash).toBe('!')
    for (const given of ['!', password, `${secret} `])
      expect((await login('ada', given)).code).toBe('INVALID_CREDENTIALS')
  })

  test('the backend of the guide lets in no user who was deactivated', async () => {
    await server.app.db.user.updateMany({ data: { isActive: false } })
    expect((await login('Ada')).code).toBe('INVALID_CREDENTIALS')
    await server.app.db.user.updateMany({ data: { isActive: true } })
  })
})

describe('users', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ AUTHENTICATION_BACKENDS: 'email' })
  })
  afterAll(() => server?.stop())

  test('users.find finds a user by every spelling of their name, by the address that they hold and by id', async () => {
    const { users } = server.app
    const bob = await users.create({ username: 'Bob', email: 'Bob@x.example', password: null })
    for (const username of ['bob', ' BOB ', 'ｂob'])
      expect(await users.find({ username })).toEqual(bob)
    expect(await users.find({ email: ' bob@X.example' })).toEqual(bob)
    expect(await users.find(bob)).toEqual(bob)
    for (const username of ['', 'nobody', 'a\0b', '\ud800', 'x'.repeat(10_000)])
      expect(await users.find({ username })).toBeNull()
    expect(await users.find({ id: 'nobody' })).toBeNull()
  })

  test('users.create makes users by the rules of this server', async () => {
    const { users } = server.app
    await users.create({ username: 'carl', email: 'carl@x.example', password })
    const again = (input: object) =>
      users.create({ username: 'dora', password: null, ...input }).catch((error) => error.code)
    expect(await again({ username: 'CARL' })).toBe('USERNAME_TAKEN')
    expect(await again({ email: 'CARL@x.example' })).toBe('INVALID_INPUT')
    expect(await again({ username: 'a b' })).toBe('INVALID_INPUT')
    expect(await again({ password: 'short' })).toBe('INVALID_INPUT')
    expect(await users.find({ username: 'dora' })).toBeNull()
    // What is wrong with a newcomer is not wrong with who exists already.
    const carl = await users.findOrCreate({ username: 'carl', email: 'nowhere', password: null })
    expect(carl.email).toBe('carl@x.example')
  })
})
