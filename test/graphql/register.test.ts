import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { SessionId } from '../../src/session/key.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { createStore } from '../session/memory-store.ts'

const register = /* GraphQL */ `
  mutation ($username: String!, $password: String!, $email: String) {
    register(input: { username: $username, password: $password, email: $email }) {
      __typename
      ... on RegisterSuccess {
        user {
          username
          email
        }
      }
      ... on Error {
        code
        message
      }
      ... on InvalidInputError {
        fields {
          path
          message
          code
          min
          max
        }
      }
    }
  }
`

let folder: string
let server: TestServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-register-'))
  server = await startServer({ ADMIN_USERNAME: 'Keeper' })
})
afterAll(async () => {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The answer to a registration with the password of all tests, unless another is given. */
const registering = async (variables: object, at: TestServer = server) =>
  (await at.visitor().data(register, { password, ...variables })).register
const loggingIn = async (username: string, given = password) =>
  (await server.visitor().data(loginDocument, { username, password: given })).login.__typename

describe('register signs in whom it has just made', () => {
  test.each([
    ['by e-mail address alone', async () => 'email'],
    [
      'by a directory that lets in no others',
      async () => {
        const path = join(folder, 'directory.mjs')
        const text = `export const createBackend = () => ({ name: 'directory', authenticate: async () => 'veto' })`
        writeFileSync(path, text)
        return `${path},password`
      },
    ],
  ])(
    'register signs in the user it has just made, on a server that signs in %s',
    async (_how, backends) => {
      const other = await startServer({ AUTHENTICATION_BACKENDS: await backends() })
      const visitor = other.visitor()
      const variables = { username: 'yan', email: 'yan@example.com', password }
      const { register: answer } = await visitor.data(register, variables)
      expect(answer.__typename).toBe('RegisterSuccess')
      expect((await visitor.data('{ me { username } }')).me).toEqual({ username: 'yan' })
      await other.stop()
    },
  )

  test('register computes one hash, and does not check the password that it has just hashed', async () => {
    const hash = vi.spyOn(server.app.passwords, 'hash')
    const verify = vi.spyOn(server.app.passwords, 'verify')
    expect((await registering({ username: 'once' })).__typename).toBe('RegisterSuccess')
    expect([hash.mock.calls.length, verify.mock.calls.length]).toEqual([1, 0])
    vi.restoreAllMocks()
  })

  test.each([
    [true, false, 1_209_600],
    [false, true, 300],
    [null, false, 300],
  ])(
    'rememberMe %j means for register what it means for login',
    async (rememberMe, untilClosed, seconds) => {
      const { register: answer } = await server.visitor().data(
        `mutation ($input: RegisterInput!) { register(input: $input) {
        ... on RegisterSuccess { session { createdAt expiresAt expiresAtBrowserClose } }
      } }`,
        { input: { username: `remember-${rememberMe}`, password, rememberMe } },
      )
      const { createdAt, expiresAt, expiresAtBrowserClose } = answer.session
      expect(expiresAtBrowserClose).toBe(untilClosed)
      expect((Date.parse(expiresAt) - Date.parse(createdAt)) / 1000).toBe(seconds)
    },
  )
})

describe('the first staff user', () => {
  test.each(['Keeper', 'keeper', ' KEEPER', 'ｋeeper'])(
    'a visitor cannot register the name of the first staff user: %j',
    async (username) => {
      expect((await registering({ username })).code).toBe('USERNAME_TAKEN')
    },
  )
})

describe('what surrounds a name', { tags: ['D21'] }, () => {
  test.each([
    ['a space', (name: string) => ` ${name} `],
    ['a line end and a tab', (name: string) => `${name}\t\r\n`],
    ['a space that does not break', (name: string) => `\u00a0${name}\u202f`],
    ['a space of no width and a byte order mark', (name: string) => `\ufeff${name}\u200b`],
    ['marks of direction, as phones copy them', (name: string) => `\u202a${name}\u202c\u2060`],
  ])('%s around a name is no part of it, at registration and at login', async (_what, around) => {
    const name = `trim${Math.random().toString(36).slice(2)}`
    const email = `${name}@example.com`
    const answer = await registering({ username: around(name), email: around(email) })
    expect(answer.user).toEqual({ username: name, email })
    expect(await loggingIn(around(name))).toBe('LoginSuccess')
    expect(await loggingIn(name)).toBe('LoginSuccess')
    expect((await registering({ username: name })).code).toBe('USERNAME_TAKEN')
  })

  test('register refuses spaces inside a name', async () => {
    expect((await registering({ username: 'a\u00a0b' })).code).toBe('INVALID_INPUT')
    expect((await registering({ username: ' \u00a0' })).code).toBe('INVALID_INPUT')
  })

  test.each([
    ['a variation selector', '\ufe0f'],
    ['a joiner of graphemes', '\u034f'],
    ['a Hangul filler', '\u3164'],
    ['a selector of the supplementary planes', '\u{e0100}'],
  ])(
    'register refuses %s in a name or an address, since no reader sees it',
    async (_case, mark) => {
      for (const variables of [
        { username: `unseen${mark}` },
        { username: `un${mark}seen` },
        { username: 'unseen', email: `un${mark}seen@example.com` },
      ])
        expect((await registering(variables)).code).toBe('INVALID_INPUT')
    },
  )

  test('register takes a password as it is, spaces and all', async () => {
    await registering({ username: 'spaces', password: ` ${password} ` })
    for (const given of [password, ` ${password}`, `${password} `])
      expect([given, await loggingIn('spaces', given)]).toEqual([given, 'InvalidCredentialsError'])
    expect(await loggingIn('spaces', ` ${password} `)).toBe('LoginSuccess')
  })

  test('guesses at a name with spaces around it count against the same account', async () => {
    await registering({ username: 'tried' })
    for (const username of ['tried', ' tried', 'tried ', '\u00a0tried', 'TRIED\t'])
      expect(await loggingIn(username, 'wrong')).toBe('InvalidCredentialsError')
    expect(await loggingIn('tried  ', 'wrong')).toBe('TooManyAttemptsError')
  })
})

test('every broken rule of register has a code and its bounds, and no sentence begins with the name of its field', async () => {
  const answer = await registering({ username: 'a b', password: 'ab', email: 'nowhere' })
  expect(answer.message).toBe(
    '1 to 150 letters, digits and @ . + - _ only. At least 8 characters. Not an e-mail address.',
  )
  expect(answer.fields).toEqual([
    {
      path: ['username'],
      message: '1 to 150 letters, digits and @ . + - _ only.',
      code: 'INVALID_FORMAT',
      min: 1,
      max: 150,
    },
    { path: ['password'], message: 'At least 8 characters.', code: 'TOO_SHORT', min: 8, max: null },
    {
      path: ['email'],
      message: 'Not an e-mail address.',
      code: 'INVALID_FORMAT',
      min: null,
      max: null,
    },
  ])
  const codeOf = async (variables: object) => (await registering(variables)).fields[0].code
  expect(await codeOf({ username: '' })).toBe('TOO_SHORT')
  expect(await codeOf({ username: 'x'.repeat(151) })).toBe('TOO_LONG')
  expect(await codeOf({ username: 'grace', password: 'x'.repeat(1025) })).toBe('TOO_LONG')
  expect(await codeOf({ username: 'grace', password: 'password' })).toBe('TOO_COMMON')
  expect(await codeOf({ username: 'gracehopper', password: 'GraceHopper' })).toBe(
    'SAME_AS_USERNAME',
  )
  expect(await codeOf({ username: 'grace', email: `${'x'.repeat(250)}@x.example` })).toBe(
    'TOO_LONG',
  )
})

test.each([
  ['addCartItem(input: { sku: "a", quantity: 1000 })', { code: 'TOO_LARGE', min: 1, max: 999 }],
  ['addCartItem(input: { sku: "a", quantity: 0 })', { code: 'TOO_SMALL', min: 1, max: 999 }],
  [
    'setCartItemQuantity(input: { sku: "a", quantity: -1 })',
    { code: 'TOO_SMALL', min: 0, max: 999 },
  ],
  ['setSessionValue(key: "_a", value: 1)', { code: 'INVALID_FORMAT', min: 1, max: 64 }],
  ['setSessionExpiry(seconds: -1)', { code: 'TOO_SMALL', min: 0, max: 2_592_000 }],
  [
    'updatePreferences(input: { timeZone: "Nowhere" })',
    { code: 'INVALID_FORMAT', min: null, max: null },
  ],
  [
    `updatePreferences(input: { locale: "${'x'.repeat(101)}" })`,
    { code: 'TOO_LONG', min: null, max: 100 },
  ],
])('%s breaks a rule, which the answer gives as a code with bounds', async (field, rule) => {
  const document = `mutation { found: ${field} { ... on InvalidInputError { fields { code min max } } } }`
  expect((await server.visitor().data(document)).found.fields).toEqual([rule])
})

test('a registration whose session cannot be stored says that the account is, and its owner signs in later', async () => {
  const records = createStore()
  let isFull = false
  const engine = () => ({
    ...records,
    create: async (id: SessionId, record: SessionRecord) => {
      if (isFull) throw new Error('The store is full.')
      return records.create(id, record)
    },
  })
  const other = await startServer({}, { engine })
  isFull = true
  const { errors } = await other.visitor().send(register, { username: 'zoe', password })
  const message = 'The session store is not available. The account is stored: sign in.'
  expect(errors).toMatchObject([{ message, extensions: { code: 'SESSION_STORE_UNAVAILABLE' } }])
  isFull = false
  const signIn = () => other.visitor().send(loginDocument, { username: 'zoe', password })
  await expect
    .poll(async () => (await signIn()).data?.login.__typename, { timeout: 20_000 })
    .toBe('LoginSuccess')
  await other.stop()
})
