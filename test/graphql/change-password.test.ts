import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { replaceOwnPassword } from '../../src/auth/accounts/replace-password.ts'
import { createUser } from '../../src/auth/users/new-user.ts'
import { parseId } from '../../src/session/key.ts'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const change = /* GraphQL */ `
  mutation ($currentPassword: String!, $newPassword: String!) {
    changePassword(input: { currentPassword: $currentPassword, newPassword: $newPassword }) {
      __typename
      ... on ChangePasswordSuccess {
        user {
          username
        }
        revokedCount
      }
      ... on Error {
        code
        message
      }
      ... on InvalidInputError {
        fields {
          path
          message
        }
      }
    }
  }
`
const who = '{ me { username } session { id endReason expiresAt keys createdAt } }'
const setValue = 'mutation { setSessionValue(key: "note", value: "mine") { __typename } }'
const newPassword = 'a whole new password'
const variables = { currentPassword: password, newPassword }

const engines: [string, () => Record<string, string>][] = [
  ['database', () => ({ SESSION_ENGINE: 'database' })],
  [
    'file',
    () => ({
      SESSION_ENGINE: 'file',
      SESSION_FILE_PATH: mkdtempSync(join(tmpdir(), 'coatcheck-files-')),
    }),
  ],
  ['signed-cookies', () => ({ SESSION_ENGINE: 'signed-cookies' })],
]

describe.each(engines)('changePassword on %s', (_engine, settings) => {
  const clock = createClock()
  let server: TestServer
  let users = 0
  beforeAll(async () => {
    server = await startServer(
      { ...settings(), SESSION_REMEMBER_AGE: '5000', SESSION_ABSOLUTE_AGE: '9000' },
      { now: clock.now },
    )
  })
  afterAll(() => server.stop())

  const signIn = async (more: object = {}) => {
    const username = `user${++users}`
    await createUser(server.app.db, server.app.passwords, { username, password })
    return { username, ...(await device(username, more)) }
  }
  const device = async (username: string, more: object = {}) => {
    const visitor = server.visitor()
    const { login } = await visitor.data(loginDocument, { username, password, ...more })
    expect(login.__typename).toBe('LoginSuccess')
    return { visitor }
  }

  test(
    'changePassword gives the caller a new key, ends every other device with a reason, and the old cookie opens nothing',
    { tags: ['B2', 'B7'] },
    async () => {
      const { username, visitor } = await signIn()
      const others = [(await device(username)).visitor, (await device(username)).visitor]
      const stranger = (await signIn()).visitor
      await visitor.data(setValue)
      const before = { cookie: visitor.cookie, ...(await visitor.data(who)) }

      const { data, setCookie } = await visitor.send(change, variables)

      expect(data.changePassword).toEqual({
        __typename: 'ChangePasswordSuccess',
        user: { username },
        revokedCount: 2,
      })
      expect(setCookie).toHaveLength(1)
      expect(visitor.cookie).not.toBe(before.cookie)
      const after = await visitor.data(who)
      expect(after).toMatchObject({
        me: { username },
        session: { keys: ['note'], endReason: null },
      })
      expect(after.session.id).not.toBe(before.session.id)
      const told = await server.app.db.auditEvent.findMany({
        where: { sessionId: after.session.id },
      })
      expect(told).toMatchObject([{ type: 'PASSWORD_CHANGED' }])
      expect((await server.visitor(before.cookie).data(who)).me).toBeNull()
      for (const other of others) {
        const seen = await other.data(who)
        expect(seen).toMatchObject({
          me: null,
          session: { id: null, endReason: 'PASSWORD_CHANGED' },
        })
      }
      expect((await stranger.data(who)).me).not.toBeNull()
      const again = (offered: string) =>
        server.visitor().data(loginDocument, { username, password: offered })
      expect((await again(password)).login.code).toBe('INVALID_CREDENTIALS')
      expect((await again(newPassword)).login.__typename).toBe('LoginSuccess')
    },
  )

  test(
    'changePassword with a wrong current password or a weak new one changes nothing, and sends no cookie',
    { tags: ['D11'] },
    async () => {
      const { username, visitor } = await signIn()
      const other = (await device(username)).visitor
      const refused = async (more: object) => {
        const { data, setCookie } = await visitor.send(change, { ...variables, ...more })
        expect(setCookie).toEqual([])
        return data.changePassword
      }
      expect(await refused({ currentPassword: 'wrong' })).toMatchObject({
        __typename: 'InvalidCredentialsError',
        code: 'INVALID_CREDENTIALS',
      })
      expect(await refused({ newPassword: 'password' })).toMatchObject({
        code: 'INVALID_INPUT',
        fields: [{ path: ['newPassword'], message: 'Not one of the most common passwords.' }],
      })
      expect((await refused({ newPassword: username })).fields).toHaveLength(2)
      // A caller who does not know the current password learns nothing else.
      const both = await refused({ currentPassword: 'wrong', newPassword: 'x' })
      expect(both.code).toBe('INVALID_CREDENTIALS')
      expect((await visitor.data(who)).me.username).toBe(username)
      expect((await other.data(who)).me.username).toBe(username)
    },
  )

  test('changePassword of an anonymous visitor is UNAUTHENTICATED', { tags: ['D11'] }, async () => {
    const { errors, setCookie } = await server.visitor().send(change, variables)
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    expect(setCookie).toEqual([])
  })

  test('changePassword keeps remember-me, and the absolute clock goes on', async () => {
    const { visitor } = await signIn({ rememberMe: true })
    const signedInAt = clock.now()
    const { session: before } = await visitor.data(who)
    clock.advance(4_500_000)

    const { setCookie } = await visitor.send(change, variables)

    expect(setCookie[0]).toContain('Max-Age=4500')
    const { session } = await visitor.data(who)
    expect(Date.parse(session.expiresAt)).toBe(signedInAt + 9_000_000)
    expect(session.createdAt).toBe(before.createdAt)
    const row = await server.app.db.session.findUniqueOrThrow({ where: { id: session.id } })
    expect(row.absoluteExpiresAt?.getTime()).toBe(signedInAt + 9_000_000)
    clock.advance(4_499_999)
    const copy = server.visitor(visitor.cookie)
    expect((await copy.data(who)).me).not.toBeNull()
    clock.advance(1)
    expect((await visitor.data(who)).me).toBeNull()
  })

  test('a cookie that goes when the browser closes still does after changePassword', async () => {
    const { visitor } = await signIn({ rememberMe: false })
    const { setCookie } = await visitor.send(change, variables)
    expect(setCookie[0]).not.toMatch(/Max-Age|Expires/)
  })

  test('the second changePassword of one document starts from the first', async () => {
    const { username, visitor } = await signIn()
    const input = (from: string, to: string) =>
      `changePassword(input: { currentPassword: "${from}", newPassword: "${to}" }) { __typename }`
    const data = await visitor.data(
      `mutation { a: ${input(password, 'the first new one')} b: ${input('the first new one', newPassword)} }`,
    )
    expect(data).toEqual({
      a: { __typename: 'ChangePasswordSuccess' },
      b: { __typename: 'ChangePasswordSuccess' },
    })
    expect((await visitor.data(who)).me.username).toBe(username)
  })

  test('if the server stops before the caller of changePassword has a new key, the caller’s session alone lives', async () => {
    const { username, visitor } = await signIn()
    const other = (await device(username)).visitor
    const { session } = await visitor.data(who)
    const { db, passwords } = server.app
    const user = await db.user.findUniqueOrThrow({ where: { usernameKey: username } })
    const keep = parseId(session.id)
    if (keep === null) throw new Error('No session.')

    const changed = await replaceOwnPassword(db, passwords, {
      user,
      ...variables,
      keep,
      now: clock.now(),
    })

    expect(changed).toBe(user.epoch + 1)
    expect((await visitor.data(who)).me).toEqual({ username })
    const seen = await other.data(who)
    expect(seen).toMatchObject({ me: null, session: { id: null, endReason: 'PASSWORD_CHANGED' } })
  })

  test('of two devices that change the password at once, one wins, and only that one stays signed in', async () => {
    const { username, visitor } = await signIn()
    const devices = [visitor, (await device(username)).visitor]
    const answers = await Promise.all(
      devices.map((one, at) =>
        one.send(change, { ...variables, newPassword: `new one ${at} of two` }),
      ),
    )
    const won = answers.map(
      ({ data }) => data?.changePassword.__typename === 'ChangePasswordSuccess',
    )
    expect(won.filter(Boolean)).toHaveLength(1)
    const stayed = await Promise.all(devices.map(async (one) => (await one.data(who)).me !== null))
    expect(stayed).toEqual(won)
  })
})

test('changePassword in a session that ended meanwhile changes nothing', async () => {
  const server = await startServer()
  const visitor = await server.signedIn('ada')
  const { session } = await visitor.data('{ session { id } }')
  const { db, passwords, sessions } = server.app
  const user = await db.user.findUniqueOrThrow({ where: { usernameKey: 'ada' } })
  await sessions.revoke(session.id, { actorId: null, sessionId: null, client: null })

  const changing = replaceOwnPassword(db, passwords, {
    user,
    ...variables,
    keep: session.id,
    now: Date.now(),
  })

  await expect(changing).rejects.toMatchObject({ code: 'SESSION_INTERRUPTED' })
  expect(await db.user.findUniqueOrThrow({ where: { id: user.id } })).toEqual(user)
  await server.stop()
})

test(
  'changePassword succeeds though a login elsewhere upgrades the hash meanwhile',
  { tags: ['D2'] },
  async () => {
    const server = await startServer()
    const visitor = await server.signedIn('ada')
    const { session } = await visitor.data('{ session { id } }')
    const { db, passwords } = server.app
    const user = await db.user.findUniqueOrThrow({ where: { usernameKey: 'ada' } })
    let isUpgraded = false
    const during = {
      ...passwords,
      async hash(text: string) {
        const upgraded = isUpgraded ? null : await passwords.hash(password)
        isUpgraded = true
        if (upgraded)
          await db.user.update({ where: { id: user.id }, data: { passwordHash: upgraded } })
        return passwords.hash(text)
      },
    }

    const options = { user, ...variables, keep: session.id, now: Date.now() }
    expect(await replaceOwnPassword(db, during, options)).toBe(1)

    await server.stop()
  },
)
