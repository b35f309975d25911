import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const clock = createClock()
let server: TestServer
beforeAll(async () => {
  server = await startServer({}, { now: clock.now })
})
afterAll(() => server.stop())

const register = /* GraphQL */ `
  mutation ($username: String!, $password: String!, $email: String) {
    register(input: { username: $username, password: $password, email: $email }) {
      __typename
      ... on RegisterSuccess {
        user {
          id
          username
          email
          isStaff
          isActive
          dateJoined
          lastLogin
        }
        session {
          id
          isAuthenticated
          isEmpty
          user {
            username
          }
        }
      }
      ... on Error {
        code
        message
      }
      ... on InvalidInputError {
        fields {
          path
        }
      }
    }
  }
`

test('register makes a user who is no staff, and signs them in', async () => {
  const visitor = server.visitor()
  const answer = await visitor.data(register, {
    username: 'Ada',
    password,
    email: 'ada@example.org',
  })
  expect(answer.register).toMatchObject({
    __typename: 'RegisterSuccess',
    user: { username: 'Ada', email: 'ada@example.org', isStaff: false, isActive: true },
    session: { isAuthenticated: true, isEmpty: false, user: { username: 'Ada' } },
  })
  expect((await visitor.data('{ me { username } }')).me.username).toBe('Ada')
})

test('a username is taken in every spelling that reads the same', { tags: ['D21'] }, async () => {
  await server.visitor().data(register, { username: 'straße', password })
  for (const username of ['STRASSE', 'Straße', 'straße', 'ｓtraße']) {
    const { register: answer } = await server.visitor().data(register, { username, password })
    expect([username, answer.code]).toEqual([
      username,
      username === 'STRASSE' ? undefined : 'USERNAME_TAKEN',
    ])
  }
})

test('two registrations of one name at once make one user', { tags: ['D21'] }, async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      server.visitor().data(register, { username: 'twin', password }),
    ),
  )
  const kinds = answers.map((answer) => answer.register.__typename).sort()
  expect(kinds.filter((kind) => kind === 'RegisterSuccess')).toHaveLength(1)
  expect(kinds.filter((kind) => kind === 'UsernameTakenError')).toHaveLength(7)
  expect(await server.app.db.user.count({ where: { usernameKey: 'twin' } })).toBe(1)
})

test.each([
  ['an empty username', { username: '', password }, ['username']],
  ['a username with a space', { username: 'a b', password }, ['username']],
  ['a control character', { username: 'a\u0000b', password }, ['username']],
  ['a lone surrogate', { username: 'a\ud800', password }, ['username']],
  ['a direction override', { username: 'a\u202eb', password }, ['username']],
  ['a username of 151 characters', { username: 'a'.repeat(151), password }, ['username']],
  ['a short password', { username: 'grace', password: 'short' }, ['password']],
  ['a password of 1,025 bytes', { username: 'grace', password: 'x'.repeat(1025) }, ['password']],
  ['the username as password', { username: 'gracehopper', password: 'GraceHopper' }, ['password']],
  ['no e-mail address', { username: 'grace', password, email: 'nowhere' }, ['email']],
  [
    'everything wrong',
    { username: '', password: '', email: '' },
    ['username', 'password', 'email'],
  ],
])(
  'register refuses %s and names the fields',
  { tags: ['D10', 'D21'] },
  async (_case, variables, fields) => {
    const visitor = server.visitor()
    const { register: answer } = await visitor.data(register, variables)
    expect(answer.code).toBe('INVALID_INPUT')
    expect(answer.fields.map(({ path }: { path: string[] }) => path.join('.'))).toEqual(fields)
    expect(visitor.cookie).toBeNull()
  },
)

test(
  'a login answers unknown user, wrong password, inactive user, empty hash, empty and oversized input alike',
  { tags: ['D3', 'D5'] },
  async () => {
    await server.signedIn('known')
    await server.signedIn('inactive')
    await server.app.db.user.update({
      where: { usernameKey: 'inactive' },
      data: { isActive: false },
    })
    await server.signedIn('hashless')
    await server.app.db.user.update({
      where: { usernameKey: 'hashless' },
      data: { passwordHash: '' },
    })
    const attempts = [
      { username: 'hashless', password },
      { username: 'unknown', password },
      { username: 'known', password: 'wrong' },
      { username: 'inactive', password },
      { username: '', password: '' },
      { username: 'known', password: '' },
      { username: 'x'.repeat(10_000), password },
      { username: 'known', password: 'x'.repeat(10_000) },
      { username: 'known\ud800', password: '\ud800' },
      { username: 'known', password: `${password}\u0000` },
    ]
    const answers = await Promise.all(
      attempts.map((variables) => server.visitor().send(loginDocument, variables)),
    )
    const bodies = new Set(answers.map(({ data, errors }) => JSON.stringify({ data, errors })))
    expect([...bodies]).toEqual([
      JSON.stringify({
        data: {
          login: {
            __typename: 'InvalidCredentialsError',
            code: 'INVALID_CREDENTIALS',
            message: 'The username or the password is wrong.',
          },
        },
      }),
    ])
    const ofEachAnswer = ['date', 'x-request-id']
    const headers = answers.map((answer) =>
      [...answer.headers].filter(([name]) => !ofEachAnswer.includes(name)),
    )
    expect(new Set(headers.map((lines) => JSON.stringify(lines))).size).toBe(1)
  },
)

test('a composed and a decomposed password are the same password', { tags: ['D8'] }, async () => {
  await server.visitor().data(register, { username: 'noel', password: 'caf\u00e9 au lait' })
  const { login } = await server
    .visitor()
    .data(loginDocument, { username: 'NOEL', password: 'cafe\u0301 au lait' })
  expect(login.__typename).toBe('LoginSuccess')
})

test('every answer of a request that signs in says when the login was', async () => {
  const seen = 'user { lastLogin } session { user { lastLogin } }'
  const look = '{ me { lastLogin sessions { nodes { user { lastLogin } } } } }'
  const credentials = `username: "lovelace", password: "${password}"`
  const visitor = server.visitor()
  for (const field of ['register', 'login', 'login']) {
    const lastLogin = new Date(clock.now()).toISOString()
    const signIn = `${field}(input: { ${credentials} })`
    const type = field === 'login' ? 'LoginSuccess' : 'RegisterSuccess'
    const before = await visitor.data(`mutation { ${signIn} { ... on ${type} { ${seen} } } }`)
    expect(before[field]).toEqual({ user: { lastLogin }, session: { user: { lastLogin } } })
    expect((await visitor.data(look)).me).toMatchObject({ lastLogin })
    clock.advance(1000)
  }
})

test('lastLogin moves at a login, and not at a change of password', async () => {
  const visitor = await server.signedIn('hopper')
  const at = (await visitor.data('{ me { lastLogin } }')).me.lastLogin
  expect(at).toBe(new Date(clock.now()).toISOString())
  clock.advance(1000)
  const changed = await visitor.data(
    `mutation { changePassword(input: { currentPassword: "${password}", newPassword: "${password} 2" }) {
      ... on ChangePasswordSuccess { user { lastLogin } } } }`,
  )
  expect(changed.changePassword.user).toEqual({ lastLogin: at })
  expect((await visitor.data('{ me { lastLogin } }')).me.lastLogin).toBe(at)
})

test('a login whose password another request changed meanwhile is refused', async () => {
  const ada = await server.signedIn('hamilton')
  const { db } = server.app
  const { transaction } = db.statements
  let isFirst = true
  const overtaken: typeof transaction = async (work) => {
    if (isFirst) {
      isFirst = false
      await db.user.update({
        where: { usernameKey: 'hamilton' },
        data: { epoch: { increment: 1 } },
      })
    }
    return transaction(work)
  }
  Object.assign(db.statements, { transaction: overtaken })
  const late = server.visitor()
  const { login } = await late.data(loginDocument, { username: 'hamilton', password })
  Object.assign(db.statements, { transaction })
  expect(isFirst).toBe(false)
  expect(login).toMatchObject({ code: 'INVALID_CREDENTIALS' })
  expect((await late.data('{ me { username } }')).me).toBeNull()
  expect((await ada.data('{ me { username } }')).me).toBeNull()
})

test('lastLogin moves at each login', async () => {
  const visitor = await server.signedIn('mary')
  const before = (await visitor.data('{ me { lastLogin } }')).me.lastLogin
  clock.advance(1000)
  await visitor.data(loginDocument, { username: 'mary', password })
  const after = (await visitor.data('{ me { lastLogin } }')).me.lastLogin
  expect(Date.parse(after) - Date.parse(before)).toBe(1000)
})

test(
  'rememberMe true gives its own age, false ends with the browser, and left out follows the setting',
  { tags: ['B13'] },
  async () => {
    await server.signedIn('rose')
    const look = '{ session { expiresAtBrowserClose expiresAt } }'
    const cases = [
      [true, /Max-Age=1209600;/, false, 1_209_600],
      [false, /^sessionid=[^;]+; Path=/, true, 300],
      [undefined, /Max-Age=300;/, false, 300],
    ] as const
    for (const [rememberMe, cookie, closes, age] of cases) {
      const visitor = server.visitor()
      const { setCookie } = await visitor.send(loginDocument, {
        username: 'rose',
        password,
        rememberMe,
      })
      expect(setCookie[0]).toMatch(cookie)
      const { session } = await visitor.data(look)
      expect(session.expiresAtBrowserClose).toBe(closes)
      expect(Date.parse(session.expiresAt)).toBe(clock.now() + age * 1000)
    }
  },
)

test(
  'what a session may do ends with its login, for the rest of the document too',
  { tags: ['G6'] },
  async () => {
    const staff = await server.signedIn('chief', { isStaff: true })
    const { data, errors } = await staff.send(
      'mutation { logout { session { id } } clearExpiredSessions { deletedCount } }',
    )
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    expect(data).toBeNull()
  },
)

test(
  'a user who was deactivated, or whose epoch moved, is signed out at the next request',
  { tags: ['B8'] },
  async () => {
    for (const data of [{ isActive: false }, { epoch: { increment: 1 } }]) {
      const username = `gone${Object.keys(data)[0]}`
      const visitor = await server.signedIn(username)
      await server.app.db.user.update({ where: { usernameKey: username.toLowerCase() }, data })
      expect(await visitor.data('{ me { id } session { id keys } }')).toEqual({
        me: null,
        session: { id: null, keys: [] },
      })
    }
  },
)

test('a closed registration refuses, and makes no user', async () => {
  const closed = await startServer({ REGISTRATION: 'closed' })
  const { register: answer } = await closed.visitor().data(register, { username: 'ada', password })
  expect(answer.code).toBe('REGISTRATION_CLOSED')
  expect(await closed.app.db.user.count()).toBe(0)
  await closed.stop()
})
