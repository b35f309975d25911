import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveRoutes } from './host/routes.ts'
import type { HostServer } from './host/routes.ts'
import type { Session } from '../src/session/session.ts'
import type { Stage } from './promises.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const logout = 'mutation { logout { session { id } } }'
const look =
  '{ me { username } session { id keys json: value(key: "json") piped: value(key: "piped") } cart { totalQuantity } }'
const over = { me: null, session: { id: null, keys: [] }, cart: { totalQuantity: 0 } }

/** The eight promises, held by the routes of a host, beside GraphQL of the same application, on every engine. */
export function describeRoutes({ server, clock, name, exceptions }: Stage): void {
  let host: HostServer
  /** Where `/slow` waits: it calls the one, and goes on with the other. */
  let arrive = () => {}
  let opened = Promise.resolve()

  beforeAll(async () => {
    const { app } = server()
    host = await serveRoutes(app, {
      '/nothing': (_request, response) => response.end('nothing'),
      '/read': async (_request, response, { session, user }) => {
        const who = (await user())?.username ?? null
        response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'public' })
        response.end(JSON.stringify({ who, keys: Object.keys(await session.get('values', {})) }))
      },
      '/json': (_request, response, { session }) => {
        count(session, 'json')
        response.setHeader('Content-Type', 'application/json').end('{}')
      },
      '/piped': (_request, response, { session }) => {
        count(session, 'piped')
        Readable.from(['a', 'b', 'c']).pipe(response)
      },
      '/throw': async (_request, response, { session }) => {
        count(session, 'thrown')
        session.cycleKey()
        response.setHeader('X-Half', 'done')
        await session.get('values')
        throw new Error('A secret detail of the fault.')
      },
      '/late': async (_request, response, { session }) => {
        await session.get('values')
        response.write('first')
        try {
          count(session, 'late')
        } catch (error) {
          response.write((error as Error).message)
        }
        response.end()
      },
      '/slow': async (_request, response, { session }) => {
        await session.get('values')
        arrive()
        await opened
        count(session, 'slow')
        response.end('slow')
      },
      '/login': async (request, response, { session, login, user }) => {
        count(session, 'before')
        await login(await app.logins.vouch(String(request.headers['x-user']), 'sso'))
        count(session, 'after')
        response.end((await user())?.username)
      },
      '/logout': async (_request, response, visit) => {
        await visit.logout()
        response.end('bye')
      },
    })
  })
  afterAll(() => host?.stop())

  test('a route that never looks at its session sends no cookie and no Vary, and one that reads it creates nothing', async () => {
    const { cookie } = await server().signedIn(name())
    const unseen = await host.ask('/nothing', cookie)
    expect([unseen.text, unseen.setCookie, unseen.headers.get('vary')]).toEqual([
      'nothing',
      [],
      null,
    ])
    const read = await host.ask('/read')
    expect([read.text, read.setCookie]).toEqual(['{"who":null,"keys":[]}', []])
    expect(read.headers.get('vary')).toBe('Cookie')
  })

  test(
    'what a route stores is there for GraphQL and for other routes, whose cookie came before the first byte',
    { tags: ['C15'] },
    async () => {
      const first = await host.ask('/piped')
      expect([first.text, first.setCookie.length]).toEqual(['abc', 1])
      expect(first.headers.get('cache-control')).toBe('no-store')
      expect(first.headers.get('vary')).toBe('Cookie')
      const second = await host.ask('/json', first.key)
      const visitor = server().visitor(second.key ?? first.key ?? null)
      await visitor.data(addItem)
      expect(await visitor.data(look)).toMatchObject({
        session: { json: 1, piped: 1 },
        cart: { totalQuantity: 1 },
      })
      const { text, headers } = await host.ask('/read', visitor.cookie)
      expect(text).toBe('{"who":null,"keys":["piped","json"]}')
      expect(headers.get('cache-control')).toBe('public')
    },
  )

  test(
    'fifty writes at once through two routes and GraphQL are all kept',
    { tags: ['C15'] },
    async ({ skip }) => {
      skip(!!exceptions.lostUpdates, exceptions.lostUpdates)
      const visitor = server().visitor()
      await visitor.data(addItem)
      const { cookie } = visitor
      const answers = await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          if (at % 5 === 0) return (await server().visitor(cookie).send(addItem)).status
          return (await host.ask(at % 2 ? '/json' : '/piped', cookie)).status
        }),
      )
      expect(answers).toEqual(answers.map(() => 200))
      expect(await visitor.data(look)).toMatchObject({
        session: { json: 20, piped: 20 },
        cart: { totalQuantity: 11 },
      })
    },
  )

  test('a route that throws stores nothing, moves no key, sends no cookie, and shows no detail', async () => {
    const { key = null } = await host.ask('/json')
    const { status, text, setCookie, headers } = await host.ask('/throw', key)
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    })
    expect([status, setCookie, headers.get('x-half')]).toEqual([500, [], null])
    expect((await host.ask('/read', key)).text).toBe('{"who":null,"keys":["json"]}')
  })

  test('a route that writes to its session after its first byte gets an error that says so, and its answer goes on', async () => {
    const { key = null } = await host.ask('/json')
    const { text } = await host.ask('/late', key)
    expect(text).toBe('firstThe response has begun: the session can no longer be changed.')
    expect((await host.ask('/read', key)).text).toBe('{"who":null,"keys":["json"]}')
  })

  test('login in a route moves a guest to a new key, and logout in another ends it for both', async () => {
    const username = name()
    await server().signedIn(username)
    const guest = await host.ask('/json')
    const login = await host.ask('/login', guest.key, { headers: { 'x-user': username } })
    expect([login.text, login.setCookie.length]).toEqual([username, 1])
    expect(login.key).not.toBe(guest.key)
    expect((await host.ask('/read', login.key)).text).toBe(
      `{"who":"${username}","keys":["json","before","after"]}`,
    )
    if (!exceptions.replay)
      expect((await host.ask('/read', guest.key)).text).toBe('{"who":null,"keys":[]}')
    const visitor = server().visitor(login.key ?? null)
    expect((await visitor.data(look)).me.username).toBe(username)
    const gone = await host.ask('/logout', login.key)
    expect([gone.setCookie.length, gone.key]).toEqual([1, null])
    expect(await server().visitor(login.key).data(look)).toMatchObject(over)
    expect((await host.ask('/read', login.key)).text).toBe('{"who":null,"keys":[]}')
  })

  test('a session that ends while a route is under way is not brought back, and the route answers 409 in place of its own answer', async () => {
    const visitor = await server().signedIn(name())
    const { cookie } = visitor
    const arrived = new Promise<void>((resolve) => (arrive = resolve))
    let open = () => {}
    opened = new Promise((resolve) => (open = resolve))
    const slow = host.ask('/slow', cookie)
    await arrived
    await visitor.data(logout)
    open()
    const { status, text, setCookie } = await slow
    // Where no store is asked, only the roster knows, and it is asked at the next request.
    if (!exceptions.replay) {
      const { code } = JSON.parse(text).errors[0].extensions
      expect([status, code, setCookie]).toEqual([409, 'SESSION_INTERRUPTED', []])
    }
    expect(await server().visitor(cookie).data(look)).toMatchObject(over)
  })

  test('a route keeps its visitor signed in: it sends the cookie again once a tenth of the idle age', async () => {
    const { cookie } = await server().signedIn(name())
    expect((await host.ask('/read', cookie)).setCookie).toEqual([])
    clock.advance(30_000)
    const { setCookie, headers } = await host.ask('/read', cookie)
    expect([setCookie.length, headers.get('cache-control')]).toEqual([1, 'no-store'])
  })
}

function count(session: Session, key: string): void {
  session.update('values', (all) => ({ ...all, [key]: Number(all?.[key] ?? 0) + 1 }))
}
