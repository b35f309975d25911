import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AppOptions } from '../src/app/options.ts'
import type { Builder } from '../src/graphql/builder.ts'
import { addMoreFields } from './graphql/more-fields.ts'
import { addSlowFields } from './graphql/slow-fields.ts'
import { createClock, loginDocument, password, startServer } from './harness.ts'
import type { TestClock, TestServer, Visitor } from './harness.ts'
import { describeCookies } from './promises-of-cookies.ts'
import { describeData } from './promises-of-data.ts'
import { describeEndsInFlight } from './promises-of-endings.ts'
import { describeKeys } from './promises-of-keys.ts'
import { describeRoutes } from './promises-of-routes.ts'
import { describeTime } from './promises-of-time.ts'

/** What an engine has declared it cannot keep, each with its reason. */
export interface Exceptions {
  /** Why concurrent writers of one session may lose updates. */
  readonly lostUpdates?: string
  /** Why what an anonymous visitor has kept may be shown again after its end. */
  readonly replay?: string
}

/** What the tests of one engine share. */
export interface Stage {
  /** The server, once the tests run. */
  readonly server: () => TestServer
  readonly clock: TestClock
  /** A username that no user has. */
  readonly name: () => string
  readonly exceptions: Exceptions
}

const addItem =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on CartSuccess { cart { totalQuantity } } ... on Error { code } } }'
const setValue =
  'mutation ($key: String!, $value: JSON!) { setSessionValue(key: $key, value: $value) { __typename ... on SessionSuccess { session { keys } } ... on Error { code } } }'
const logout = 'mutation { logout { session { isAuthenticated isEmpty } } }'
const everything =
  '{ me { username } session { id keys isEmpty isAuthenticated } cart { totalQuantity items { sku } } preferences { theme } }'

function addFields(builder: Builder): void {
  addMoreFields(builder)
  addSlowFields(builder)
}

/** The promises over HTTP, on the engine that `settings` choose. Each file that calls this is one engine's proof. */
export function describePromises(
  engine: string,
  settings: () => Record<string, string>,
  exceptions: Exceptions = {},
  options: AppOptions = {},
): void {
  describe(`the promises on ${engine}`, { meta: { engine } }, () => {
    const clock = createClock()
    let server: TestServer
    beforeAll(async () => {
      server = await startServer(settings(), { ...options, now: clock.now, types: addFields })
    })
    afterAll(() => server?.stop())

    /** Several tabs of one browser: each sends the cookie as it was when they opened. */
    const tabs = (visitor: Visitor, count: number) =>
      Array.from({ length: count }, () => server.visitor(visitor.cookie))

    const name = () => `user${Math.random().toString(36).slice(2)}`
    const stage: Stage = { server: () => server, clock, name, exceptions }

    describe('the key', () => describeKeys(stage))
    describe('the cookie', () => describeCookies(stage))
    describe('the end', () => describeEndsInFlight(stage))
    describe('the clocks', () => describeTime(stage))
    describe('the data', () => describeData(stage))
    describe('the routes of a host', () => describeRoutes(stage))

    describe('1. lazy', () => {
      test('reading everything creates nothing and sets no cookie', { tags: ['A13'] }, async () => {
        const { setCookie, data } = await server.visitor().send(everything)
        expect(setCookie).toEqual([])
        expect(data.session).toEqual({ id: null, keys: [], isEmpty: true, isAuthenticated: false })
      })

      test('a request that never looks at its session does not vary by cookie', async () => {
        const { headers } = await (await server.signedIn(name())).send('{ __typename }')
        expect(headers.get('vary')).toBeNull()
      })
    })

    describe('2. ended means ended', () => {
      test(
        'a session that was logged out is over and empty for every copy of its cookie',
        { tags: ['B4'] },
        async () => {
          const visitor = await server.signedIn(name())
          await visitor.data(addItem, { sku: 'hat' })
          const [copy] = tabs(visitor, 1)
          await visitor.data(logout)
          const seen = await copy!.data(everything)
          expect(seen).toMatchObject({
            me: null,
            cart: { totalQuantity: 0 },
            session: { id: null, keys: [] },
          })
        },
      )

      test(
        'a session that staff ended is over and empty, and the server tells its holder why',
        { tags: ['G3'] },
        async () => {
          const visitor = await server.signedIn(name())
          await visitor.data(setValue, { key: 'note', value: 'mine' })
          const { session } = await visitor.data('{ session { id } }')
          const staff = await server.signedIn(name(), { isStaff: true })
          const ended = await staff.data(
            'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }',
            { id: session.id },
          )
          expect(ended.deleteSession.__typename).toBe('RevokeSessionSuccess')
          const seen = await visitor.data('{ me { id } session { id keys endReason } }')
          expect(seen).toEqual({ me: null, session: { id: null, keys: [], endReason: 'REVOKED' } })
          expect(
            (await staff.data('{ me { isStaff } session { endReason } }')).session.endReason,
          ).toBeNull()
        },
      )

      test(
        'an expired session is over at the instant, and not a millisecond before',
        { tags: ['B9'] },
        async () => {
          const visitor = await server.signedIn(name())
          clock.advance(299_999)
          // A read at this point would postpone the end: look with a copy whose session id no request touches.
          const [early] = tabs(visitor, 1)
          expect((await early!.data('{ me { id } }')).me).not.toBeNull()
          clock.advance(300_000)
          expect(await visitor.data('{ me { id } session { endReason } }')).toEqual({
            me: null,
            session: { endReason: 'EXPIRED' },
          })
        },
      )

      test(
        'logout against writes under way, with jitter, leaves no write of the session',
        { tags: ['C1', 'C3'] },
        async () => {
          for (let round = 0; round < 25; round++) {
            const visitor = await server.signedIn(name())
            const writers = tabs(visitor, 6)
            const writes = writers.map(async (writer, at) => {
              await sleep(Math.random() * 12)
              return writer.send(setValue, { key: `k${at}`, value: round })
            })
            await sleep(Math.random() * 12)
            const copy = server.visitor(visitor.cookie)
            await visitor.data(logout)
            await Promise.all(writes)
            for (const survivor of [copy, ...writers]) {
              const seen = await survivor.data(everything)
              expect(seen).toMatchObject({ me: null, session: { id: null, keys: [] } })
            }
          }
        },
      )
    })

    describe('3. no lost updates', () => {
      beforeEach(({ skip }) => skip(!!exceptions.lostUpdates, exceptions.lostUpdates))

      test('fifty concurrent addCartItem make fifty items', { tags: ['C5'] }, async () => {
        const visitor = server.visitor()
        await visitor.data(setValue, { key: 'began', value: true })
        await Promise.all(
          tabs(visitor, 50).map((tab, at) => tab.data(addItem, { sku: `s${at % 5}` })),
        )
        expect((await visitor.data(everything)).cart.totalQuantity).toBe(50)
      })

      test(
        'fifty concurrent setSessionValue on fifty names make fifty names',
        { tags: ['C6'] },
        async () => {
          const visitor = await server.signedIn(name())
          const answers = await Promise.all(
            tabs(visitor, 50).map((tab, at) => tab.data(setValue, { key: `name${at}`, value: at })),
          )
          expect(answers.map(({ setSessionValue }) => setSessionValue.__typename)).toEqual(
            answers.map(() => 'SessionSuccess'),
          )
          expect((await visitor.data(everything)).session.keys).toHaveLength(50)
        },
      )

      test('of fifty items added while a login changes the key, each that the server acknowledged is in the cart', async () => {
        const username = name()
        await server.signedIn(username)
        for (let round = 0; round < 4; round++) {
          const visitor = server.visitor()
          await visitor.data(addItem, { sku: 'first' })
          const adding = tabs(visitor, 50).map(async (tab, at) => {
            await sleep(Math.random() * 40)
            return (await tab.data(addItem, { sku: `s${at % 9}` })).addCartItem
          })
          await sleep(Math.random() * 10)
          const { login } = await visitor.data(loginDocument, { username, password })
          expect(login.__typename).toBe('LoginSuccess')
          const answers = await Promise.all(adding)
          const added = answers.filter(({ __typename }) => __typename === 'CartSuccess').length
          const refused = answers.filter(({ code }) => code === 'SESSION_INTERRUPTED').length
          expect(added + refused).toBe(50)
          expect((await visitor.data(everything)).cart.totalQuantity).toBe(added + 1)
        }
      })

      test(
        'a thousand concurrent addCartItem make exactly a thousand',
        { tags: ['C5'] },
        async () => {
          const visitor = server.visitor()
          await visitor.data(setValue, { key: 'began', value: true })
          for (let batch = 0; batch < 10; batch++) {
            await Promise.all(
              tabs(visitor, 100).map((tab, at) => tab.data(addItem, { sku: `s${at % 4}` })),
            )
          }
          expect((await visitor.data(everything)).cart.totalQuantity).toBe(1000)
        },
      )
    })

    test('a mutation returns what was stored: twenty that add at once get twenty different totals', async ({
      skip,
    }) => {
      skip(!!exceptions.lostUpdates, exceptions.lostUpdates)
      const visitor = await server.signedIn(name())
      const answers = await Promise.all(
        tabs(visitor, 20).map((tab) => tab.data(addItem, { sku: 'one' })),
      )
      const totals = answers.map(({ addCartItem }) => addCartItem.cart.totalQuantity)
      expect(totals.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
    })

    describe('5. an unexpected error commits nothing of its field', () => {
      test(
        'a field that fails unexpectedly leaves no write, no new key, no cookie, and shows no detail',
        { tags: ['C13'] },
        async () => {
          const visitor = await server.signedIn(name())
          const before = visitor.cookie
          const { errors, setCookie } = await visitor.send('mutation { failAfterWriting }')
          expect(errors).toMatchObject([
            { message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
          ])
          expect(setCookie).toEqual([])
          expect(visitor.cookie).toBe(before)
          expect((await visitor.data(everything)).session.keys).toEqual([])
        },
      )

      test(
        'the fields before one that fails are stored, and their cookie is sent',
        { tags: ['C13'] },
        async () => {
          const visitor = server.visitor()
          const { setCookie } = await visitor.send(
            'mutation { clearCart { __typename } addCartItem(input: { sku: "a" }) { __typename } failAfterWriting }',
          )
          expect(setCookie).toHaveLength(1)
          expect(await visitor.data(everything)).toMatchObject({
            cart: { totalQuantity: 1 },
            session: { keys: [] },
          })
        },
      )

      test('the field after one that fails is stored too where the schema lets it run', async () => {
        const visitor = server.visitor()
        const { data } = await visitor.send(
          'mutation { a: addCartItem(input: { sku: "a" }) { __typename } b: addCartItem(input: { sku: "a", quantity: 5000 }) { __typename } c: addCartItem(input: { sku: "c" }) { __typename } }',
        )
        expect(data).toEqual({
          a: { __typename: 'CartSuccess' },
          b: { __typename: 'InvalidInputError' },
          c: { __typename: 'CartSuccess' },
        })
        expect((await visitor.data(everything)).cart.totalQuantity).toBe(2)
      })

      test('a refusal does not undo what succeeded beside it', async () => {
        const visitor = server.visitor()
        await visitor.send('mutation { refuseAfterWriting { __typename } }')
        expect((await visitor.data(everything)).session.keys).toEqual(['written'])
      })
    })

    describe('6. a new key at every change of privilege', () => {
      test('login keeps what a guest stored, under another key', { tags: ['B1'] }, async () => {
        const username = name()
        await server.signedIn(username)
        const visitor = server.visitor()
        await visitor.data(addItem, { sku: 'guest' })
        const guest = visitor.cookie
        await visitor.data(loginDocument, { username, password })
        expect(visitor.cookie).not.toBe(guest)
        expect((await visitor.data(everything)).cart.totalQuantity).toBe(1)
        if (exceptions.replay) return
        expect((await server.visitor(guest).data(everything)).cart.totalQuantity).toBe(0)
      })

      test(
        'signing in again as the same user moves everything to another key, and the old key opens nothing',
        { tags: ['B2'] },
        async () => {
          const username = name()
          const visitor = await server.signedIn(username)
          await visitor.data(addItem, { sku: 'kept' })
          const before = visitor.cookie
          await visitor.data(loginDocument, { username, password })
          expect(visitor.cookie).not.toBe(before)
          expect((await visitor.data(everything)).cart.totalQuantity).toBe(1)
          expect(await server.visitor(before).data(everything)).toMatchObject({
            me: null,
            cart: { totalQuantity: 0 },
          })
        },
      )

      test('login as another user starts with an empty session', { tags: ['B3'] }, async () => {
        const [first, second] = [name(), name()]
        await server.signedIn(second)
        const visitor = await server.signedIn(first)
        await visitor.data(addItem, { sku: 'private' })
        const before = visitor.cookie
        await visitor.data(loginDocument, { username: second, password })
        expect(await visitor.data(everything)).toMatchObject({
          me: { username: second },
          cart: { totalQuantity: 0 },
        })
        expect((await server.visitor(before).data(everything)).me).toBeNull()
      })

      test('a refused login changes nothing', async () => {
        const visitor = server.visitor()
        await visitor.data(addItem, { sku: 'kept' })
        const { setCookie, data } = await visitor.send(loginDocument, {
          username: 'nobody',
          password: 'wrong',
        })
        expect(data.login.code).toBe('INVALID_CREDENTIALS')
        expect(setCookie).toEqual([])
        expect((await visitor.data(everything)).cart.totalQuantity).toBe(1)
      })

      test('the server never adopts a key that it did not issue', { tags: ['A3'] }, async () => {
        const forged = 'A'.repeat(43)
        const visitor = server.visitor(forged)
        await visitor.data(addItem, { sku: 'mine' })
        expect(visitor.cookie).not.toBe(forged)
        expect((await server.visitor(forged).data(everything)).cart.totalQuantity).toBe(0)
      })

      test('logout ends this session and only this one', async () => {
        const username = name()
        const here = await server.signedIn(username)
        const there = server.visitor()
        await there.data(loginDocument, { username, password })
        await here.data(logout)
        expect((await there.data(everything)).me.username).toBe(username)
      })
    })

    describe('7. the headers', () => {
      test('every answer that sets a cookie has Vary and no-store', { tags: ['A14'] }, async () => {
        const { headers, setCookie } = await server.visitor().send(addItem, { sku: 'a' })
        expect(setCookie).toHaveLength(1)
        expect(headers.get('vary')).toContain('Cookie')
        expect(headers.get('cache-control')).toBe('no-store')
      })

      test('logout clears the cookie and sends no other', { tags: ['B5'] }, async () => {
        const visitor = await server.signedIn(name())
        const old = visitor.cookie
        const { setCookie } = await visitor.send(logout)
        expect(setCookie).toHaveLength(1)
        expect(setCookie[0]).toMatch(/^[\w-]+=; Max-Age=0; Path=\//)
        const again = await server.visitor(old).send(everything)
        expect(again.setCookie).toEqual([])
        expect((await server.visitor('A'.repeat(43)).send(everything)).setCookie).toEqual([])
        expect((await server.visitor().send(logout)).setCookie).toEqual([])
      })

      test(
        'a touch sends the cookie again, once a tenth of the idle age',
        { tags: ['B11'] },
        async () => {
          const visitor = await server.signedIn(name())
          expect((await visitor.send(everything)).setCookie).toEqual([])
          clock.advance(30_000)
          const { setCookie, headers } = await visitor.send(everything)
          expect(setCookie).toHaveLength(1)
          expect(headers.get('cache-control')).toBe('no-store')
          expect((await visitor.send(everything)).setCookie).toEqual([])
        },
      )
    })

    test('a stream sends the cookie before the first byte, and refuses a later write with an error that says so', async () => {
      const visitor = await server.signedIn(name())
      clock.advance(30_000)
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          cookie: `sessionid=${visitor.cookie}`,
        },
        body: JSON.stringify({ query: 'subscription { ticks }' }),
      })
      const text = await response.text()
      expect(text).toContain('first')
      expect(text).toContain('The response has begun')
      expect((await visitor.data(everything)).session.keys).toEqual([])
    })
  })
}
