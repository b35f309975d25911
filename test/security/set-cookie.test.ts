import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const logout = 'mutation { logout { session { id } } }'
const change =
  'mutation ($old: String!) { changePassword(input: { currentPassword: $old, newPassword: "another horse, another staple" }) { __typename } }'
const production = {
  NODE_ENV: 'production',
  SECRET_KEY: 'a secret of at least thirty-two bytes',
  SESSION_COOKIE_NAME: '__Host-id',
}

describe.each(['database', 'signed-cookies'])('in production, on %s', (engine) => {
  const clock = createClock()
  let server: TestServer
  let ada: Visitor
  beforeAll(async () => {
    server = await startServer({ ...production, SESSION_ENGINE: engine }, { now: clock.now })
    ada = await server.signedIn('ada')
  })
  afterAll(() => server.stop())

  const login = { username: 'ada', password }
  const steps: [string, () => Promise<{ setCookie: string[] }>, string][] = [
    ['the first write', () => server.visitor().send(add), 'Max-Age=300; '],
    ['a login', () => ada.send(loginDocument, login), 'Max-Age=300; '],
    [
      'a login that is remembered',
      () => ada.send(loginDocument, { ...login, rememberMe: true }),
      'Max-Age=1209600; ',
    ],
    [
      'a login until the browser closes',
      () => ada.send(loginDocument, { ...login, rememberMe: false }),
      '',
    ],
    ['a change of password', () => ada.send(change, { old: password }), ''],
    [
      'a visit',
      () => {
        clock.advance(30_000)
        return ada.send('{ me { id } }')
      },
      '',
    ],
    [
      'many writes in one document',
      () =>
        server
          .visitor()
          .send(add.replace('{ addCart', '{ a: clearSession { __typename } b: addCart')),
      'Max-Age=300; ',
    ],
  ]

  test.each(steps)(
    'in production %s sends one cookie, with every attribute',
    { tags: ['A5'] },
    async (_what, send, lifetime) => {
      const { setCookie } = await send()
      expect(setCookie).toEqual([
        expect.stringMatching(
          new RegExp(`^__Host-id=[\\w-]{43,}; ${lifetime}Path=/; Secure; HttpOnly; SameSite=Lax$`),
        ),
      ])
    },
  )

  test(
    'logout sends a cookie that ends it, with the same attributes',
    { tags: ['A5', 'B5'] },
    async () => {
      const { setCookie } = await ada.send(logout)
      expect(setCookie).toEqual(['__Host-id=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax'])
    },
  )

  test(
    'a session never lasts for longer than browsers keep its cookie',
    { tags: ['A12'] },
    async () => {
      const longest = 400 * 24 * 60 * 60
      const lasting = await startServer(
        {
          ...production,
          SESSION_ENGINE: engine,
          SESSION_COOKIE_AGE: `${longest}`,
          SESSION_ABSOLUTE_AGE: '0',
        },
        { now: clock.now },
      )
      const visitor = lasting.visitor()
      const { setCookie } = await visitor.send(add)
      expect(setCookie[0]).toContain(`; Max-Age=${longest};`)
      const { session } = await visitor.data('{ session { expiresAt } }')
      expect(Date.parse(session.expiresAt)).toBe(clock.now() + longest * 1000)
      await lasting.stop()
    },
  )
})
