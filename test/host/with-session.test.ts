import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { ReadStream } from 'node:fs'
import { request as openRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import express from 'express'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { InvalidCredentials, TooManyAttempts } from '../../src/refusals.ts'
import type { Session } from '../../src/session/session.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { createStore } from '../session/memory-store.ts'
import { hostOf, serveListener, serveRoutes } from './routes.ts'
import type { HostServer } from './routes.ts'

let server: TestServer
let host: HostServer | undefined
/** What a write to the store does first. */
let beforeWriting: () => Promise<void> = async () => {}

beforeAll(async () => {
  const engine = () => {
    const store = createStore()
    const { create, save } = store
    return {
      ...store,
      create: async (...args: Parameters<typeof create>) => {
        await beforeWriting()
        return create(...args)
      },
      save: async (...args: Parameters<typeof save>) => {
        await beforeWriting()
        return save(...args)
      },
    }
  }
  server = await startServer({}, { engine })
})
afterEach(async () => {
  beforeWriting = async () => {}
  await host?.stop()
  host = undefined
})
afterAll(() => server.stop())

/** Writes to the store wait from now on. Resolves `reached` once one does. */
function closeGate() {
  let open = () => {}
  let reach = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  const reached = new Promise<void>((resolve) => (reach = resolve))
  beforeWriting = async () => {
    reach()
    await opened
  }
  return { open, reached }
}

function breakStore(): void {
  beforeWriting = async () => {
    beforeWriting = async () => {}
    throw new Error('the disk is full')
  }
}

const put = (session: Session) => session.set('values', { put: true })
const big = 'x'.repeat(300_000)

describe('however a handler answers, its cookie comes first', () => {
  test.each<[string, Parameters<typeof serveRoutes>[1][string], string]>([
    ['end', (_request, response) => response.end('text'), 'text'],
    [
      'end with an encoding and a callback',
      (_request, response) => response.end('dGV4dA==', 'base64', () => undefined),
      'text',
    ],
    ['end without a body', (_request, response) => response.end(), ''],
    ['write', (_request, response) => (response.write('te'), response.end('xt')), 'text'],
    [
      'writeHead with an object',
      (_request, response) =>
        response.writeHead(201, { 'X-Own': 'own', Vary: 'Origin' }).end('text'),
      'text',
    ],
    [
      'writeHead with a message and an array',
      (_request, response) =>
        response
          .writeHead(201, 'Made', ['X-Own', 'own', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
          .end('text'),
      'text',
    ],
    [
      'flushHeaders',
      (_request, response) => (response.flushHeaders(), setImmediate(() => response.end('text'))),
      'text',
    ],
    ['a pipe', (_request, response) => Readable.from(['te', 'xt']).pipe(response), 'text'],
    [
      'a pipe of more than a buffer',
      (_request, response) => Readable.from([big, big]).pipe(response),
      big + big,
    ],
    ['pipeline', (_request, response) => pipeline(Readable.from(['te', 'xt']), response), 'text'],
    [
      'a timer, after it has returned',
      (_request, response) => void setTimeout(() => response.end('text'), 5),
      'text',
    ],
  ])(
    'the session is stored, and its cookie sent, before the first byte of %s',
    async (_how, answer, text) => {
      host = await serveRoutes(server.app, {
        '/': (request, response, visit, next) => {
          put(visit.session)
          return answer(request, response, visit, next)
        },
      })
      const { open, reached } = closeGate()
      let isAnswered = false
      const asking = host.ask('/').finally(() => (isAnswered = true))
      await reached
      await new Promise((resolve) => setImmediate(resolve))
      expect(isAnswered).toBe(false)
      open()
      const answered = await asking
      expect([answered.text === text, typeof answered.key]).toEqual([true, 'string'])
      expect(answered.headers.get('vary')).toContain('Cookie')
      expect(answered.headers.get('cache-control')).toBe('no-store')
      if (answered.status === 201) expect(answered.headers.get('x-own')).toBe('own')
    },
  )

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('a %s that is answered %i sends the cookie without a body', async (method, status) => {
    host = await serveRoutes(server.app, {
      '/': (_request, response, { session }) => {
        put(session)
        response.statusCode = status
        response.end(status === 200 ? 'text' : undefined)
      },
    })
    const answer = await host.ask('/', null, { method })
    expect([answer.status, answer.text, typeof answer.key]).toEqual([status, '', 'string'])
  })

  test('cookies of the host and those that it gave to writeHead are sent beside the session', async () => {
    host = await serveRoutes(server.app, {
      '/': (_request, response, { session }) => {
        put(session)
        response.setHeader('Set-Cookie', ['a=1', 'b=2'])
        response.end()
      },
      '/head': (_request, response, { session }) => {
        put(session)
        response.writeHead(200, { 'set-cookie': 'a=1' }).end()
      },
    })
    expect((await host.ask('/')).setCookie).toHaveLength(3)
    expect((await host.ask('/head')).setCookie).toHaveLength(2)
  })
})

describe('a held answer looks to its handler as if it were on its way', () => {
  test('for its handler a held answer counts as sent: a later header is an error, and callbacks and drain come when the bytes are written', async () => {
    const seen: unknown[] = []
    host = await serveRoutes(server.app, {
      '/': async (_request, response, { session }) => {
        put(session)
        response.statusCode = 201
        seen.push(
          response.headersSent,
          response.write('a', () => seen.push('written')),
          response.headersSent,
        )
        response.statusCode = 500
        for (const late of [
          () => response.setHeader('a', 'b'),
          () => response.writeHead(200, { a: 'b' }),
        ])
          expect(late).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
        const drained = once(response, 'drain')
        seen.push(response.write(big), response.writableNeedDrain, response.writableEnded)
        await drained
        seen.push('drain')
        response.end('z', () => seen.push('ended'))
        seen.push(response.writableEnded)
      },
    })
    const { status, text } = await host.ask('/')
    expect([status, text === `a${big}z`]).toEqual([201, true])
    expect(seen).toEqual([false, true, true, false, true, false, 'written', 'drain', true, 'ended'])
  })

  test('a handler gets an error at the line that asks for what cannot be sent, and may still answer', async () => {
    const codes: unknown[] = []
    host = await serveRoutes(server.app, {
      '/': (_request, response, { session }) => {
        put(session)
        for (const wrong of [
          () => response.writeHead(42),
          () => response.writeHead(200, { 'X-Bad': 'a\nb' }),
          () => response.write(null as never),
          () => response.end(7 as never),
        ])
          try {
            wrong()
          } catch (error) {
            codes.push((error as NodeJS.ErrnoException).code)
          }
        response.end('text')
      },
    })
    expect((await host.ask('/')).text).toBe('text')
    expect(codes).toEqual([
      'ERR_HTTP_INVALID_STATUS_CODE',
      'ERR_INVALID_CHAR',
      'ERR_STREAM_NULL_VALUES',
      'ERR_INVALID_ARG_TYPE',
    ])
  })

  test('a middleware that wraps the answer, as compression does, gets what the server held back', async () => {
    const { withSession } = hostOf(server.app)
    const route = withSession((_request, response, { session }) => {
      put(session)
      Readable.from([big, big]).pipe(response)
    })
    host = await serveListener((request: IncomingMessage, response) => {
      const gzip = createGzip()
      const [write, end] = [response.write.bind(response), response.end.bind(response)]
      response.setHeader('Content-Encoding', 'gzip')
      gzip.on('data', (chunk) => write(chunk)).on('end', () => end())
      gzip.on('drain', () => response.emit('drain'))
      Object.assign(response, {
        write: (chunk: string) => gzip.write(chunk),
        end: () => gzip.end(),
      })
      void route(request, response)
    })
    const { text, key } = await host.ask('/')
    expect([text === big + big, typeof key]).toEqual([true, 'string'])
  })
})

describe('a session that cannot be stored', () => {
  test(
    'the server answers 503 where a session cannot be stored, and sends no header and no byte of the held answer',
    { tags: ['C15'] },
    async () => {
      const heard: unknown[] = []
      host = await serveRoutes(server.app, {
        '/': (_request, response, { session }) => {
          put(session)
          response.writeHead(201, {
            'Content-Type': 'text/plain',
            ETag: '"a"',
            'Content-Length': '4',
          })
          response.write('te', (error) => heard.push(error?.name))
          response.end('xt')
          setTimeout(() => response.end('more'), 5)
        },
      })
      breakStore()
      const { status, text, headers, setCookie } = await host.ask('/')
      expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([
        503,
        'SESSION_STORE_UNAVAILABLE',
      ])
      expect([headers.get('etag'), headers.get('retry-after'), setCookie]).toEqual([null, '2', []])
      expect(heard).toEqual(['SessionStoreUnavailable'])
    },
  )

  test('where a session cannot be stored, the server closes the streams that were piped into the answer, and sends the error alone', async () => {
    let file: ReadStream | undefined
    let piped: Promise<unknown> | undefined
    host = await serveRoutes(server.app, {
      '/': (_request, response, { session }) => {
        put(session)
        file = createReadStream('package-lock.json')
        file.pipe(response)
      },
      '/pipeline': (_request, response, { session }) => {
        put(session)
        piped = pipeline(createReadStream('package-lock.json'), response).catch(
          (error) => error.code,
        )
      },
    })
    breakStore()
    expect((await host.ask('/')).status).toBe(503)
    if (!file?.closed) await once(file as ReadStream, 'close')
    breakStore()
    expect((await host.ask('/pipeline')).status).toBe(503)
    expect(await piped).toBe('ERR_STREAM_PREMATURE_CLOSE')
  })

  test('where a session cannot be stored, the framework gets the error with a status that it understands, and answers', async () => {
    const { withSession } = hostOf(server.app)
    const web = express()
    const told: unknown[] = []
    web.get(
      '/',
      withSession((_request, response: express.Response, { session }) => {
        put(session)
        response.json({ never: 'sent' })
      }),
    )
    web.use(((error, _request, response, _next) => {
      told.push(error.status, error.headers, response.headersSent)
      response.status(error.status).send('sorry')
    }) satisfies express.ErrorRequestHandler)
    host = await serveListener(web)
    breakStore()
    const { status, text, headers } = await host.ask('/')
    expect([status, text, headers.get('content-type')]).toEqual([
      503,
      'sorry',
      'text/html; charset=utf-8',
    ])
    expect(told).toEqual([503, { 'Retry-After': '2' }, false])
  })
})

describe('a handler that fails', () => {
  test.each([
    ['InvalidCredentials', new InvalidCredentials(), 401, 'INVALID_CREDENTIALS', null],
    ['TooManyAttempts', new TooManyAttempts(7), 429, 'TOO_MANY_ATTEMPTS', '7'],
    ['an error of its own', new Error('secret'), 500, 'INTERNAL_SERVER_ERROR', null],
  ])(
    '%s that a handler throws becomes a status, where there is no framework',
    async (_what, error, status, code, retryAfter) => {
      host = await serveRoutes(server.app, {
        '/': (_request, response, { session }) => {
          put(session)
          response.setHeader('Content-Encoding', 'gzip')
          throw error
        },
      })
      const answer = await host.ask('/')
      expect([answer.status, JSON.parse(answer.text).errors[0].extensions.code]).toEqual([
        status,
        code,
      ])
      expect([answer.headers.get('retry-after'), answer.setCookie]).toEqual([retryAfter, []])
      expect(answer.text).not.toContain('secret')
    },
  )

  test.each([undefined, null, 'route', 'router'])(
    'a guard that throws %s lets no request pass to the handlers behind it',
    async (thrown) => {
      const { withSession } = hostOf(server.app)
      const web = express()
      web.use(withSession(() => Promise.reject(thrown)))
      web.use((_request, response) => void response.end('behind the guard'))
      web.use(
        ((error: Error, _request, response, _next) =>
          void response.status(500).end(error.message)) satisfies express.ErrorRequestHandler,
      )
      host = await serveListener(web)
      const { status, text } = await host.ask('/')
      expect([status, text]).toEqual([500, `The handler threw ${thrown}.`])
    },
  )

  test('a login before the handler failed stands, and the answer to the error carries its cookie', async () => {
    const { cookie } = await server.signedIn('grace')
    host = await serveRoutes(server.app, {
      '/': async (_request, _response, { session, login }) => {
        await login(await server.app.logins.vouch('grace', 'sso'))
        put(session)
        throw new Error('later')
      },
    })
    const { status, key = null } = await host.ask('/', cookie)
    expect([status, typeof key]).toEqual([500, 'string'])
    const seen = await server.visitor(key).data('{ me { username } session { keys } }')
    expect(seen).toEqual({ me: { username: 'grace' }, session: { keys: [] } })
  })

  test('the server breaks an answer off where its handler fails in the middle, so that the client does not take half of it for the whole', async () => {
    host = await serveRoutes(server.app, {
      '/': async (_request, response) => {
        response.write('half')
        throw new Error('the other half')
      },
    })
    await expect(host.ask('/')).rejects.toThrow()
    expect(server.logs.at(-1)).toMatchObject({ msg: expect.stringContaining('had begun') })
  })

  test('where the client leaves, the server forgets what the handler has recorded and not stored', async () => {
    let hasLeft = () => {}
    const left = new Promise<void>((resolve) => (hasLeft = resolve))
    let error: unknown
    host = await serveRoutes(server.app, {
      '/': async (_request, response, { session }) => {
        put(session)
        client.destroy()
        await once(response, 'close')
        try {
          put(session)
        } catch (thrown) {
          error = thrown
        }
        response.end('text')
        hasLeft()
      },
    })
    const isWritten = new Promise((_resolve, reject) => {
      beforeWriting = async () => reject(new Error('It was stored.'))
    })
    const client = openRequest(host.url)
      .on('error', () => undefined)
      .end()
    await Promise.race([left, isWritten])
    expect(error).toMatchObject({ message: expect.stringContaining('The request is over') })
  })
})

describe('a handler that answers at once', () => {
  /** A session of grace, by a login that its handler does not wait for. */
  const signIn = async (routes: Parameters<typeof serveRoutes>[1] = {}) => {
    const identity = await server.app.logins.vouch('grace', 'sso')
    host = await serveRoutes(server.app, {
      '/login': (_request, response, { login }) => {
        void login(identity)
        response.end('in')
      },
      '/me': async (_request, response, { user }) =>
        response.end((await user())?.username ?? 'nobody'),
      ...routes,
    })
    return (await host.ask('/login')).key ?? ''
  }

  test('the server stores the login and the logout that a handler has begun, and sends their cookies, where the handler answers at once', async () => {
    const key = await signIn({
      '/logout': (_request, response, { logout }) => {
        void logout()
        response.end('out')
      },
    })
    expect((await host?.ask('/me', key))?.text).toBe('grace')
    expect(await host?.ask('/logout', key)).toMatchObject({ text: 'out', key: null })
    expect((await host?.ask('/me', key))?.text).toBe('nobody')
  })

  test('the server stores the whole of a transaction that a handler has begun, where the handler answers at once', async () => {
    const key = await signIn({
      '/both': (_request, response, { session }) => {
        void session.transaction(async () => {
          session.set('values', { first: 1 })
          await session.id()
          session.update('values', (all) => ({ ...all, second: 2 }))
        })
        response.end('ok')
      },
      '/values': async (_request, response, { session }) =>
        response.end(JSON.stringify(await session.get('values'))),
    })
    expect((await host?.ask('/both', key))?.text).toBe('ok')
    expect((await host?.ask('/values', key))?.text).toBe('{"first":1,"second":2}')
  })

  test.each<[string, Parameters<typeof serveRoutes>[1][string]]>([
    [
      'is not waited for',
      (_request, response, { login }) => {
        void login({} as never)
        response.end('in')
      },
    ],
    [
      'would be followed by the answer',
      (_request, response, { login }) => void login({} as never).then(() => response.end('in')),
    ],
    [
      'fails while the handler waits for something else',
      async (_request, response, { login, session }) => {
        void login({} as never)
        session.set('values', { lost: true })
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (!response.headersSent) response.end('in')
      },
    ],
  ])('a login that cannot be stored fails the request where it %s', async (_what, handler) => {
    const key = await signIn({ '/wrong': handler })
    expect(await host?.ask('/wrong', key)).toMatchObject({ status: 500, key: undefined })
  })

  test('a failed login that the handler deals with itself does not fail the request', async () => {
    const key = await signIn({
      '/dealt': async (_request, response, { login }) => {
        await login({} as never).catch(() => response.end('refused'))
      },
    })
    expect(await host?.ask('/dealt', key)).toMatchObject({ status: 200, text: 'refused' })
  })

  test('what a handler of fetchWithSession has begun is stored where it answers at once, and fails the request where it fails', async () => {
    const key = await signIn()
    const { fetchWithSession } = hostOf(server.app)
    const request = () => new Request(host?.url ?? '', { headers: { cookie: `sessionid=${key}` } })
    const wrong = fetchWithSession((_request, { login }) => {
      void login({} as never)
      return new Response('in')
    })
    await expect(wrong(request())).rejects.toThrow(TypeError)
    const out = fetchWithSession((_request, { logout }) => {
      void logout()
      return new Response('out')
    })
    expect((await out(request())).headers.get('set-cookie')).toMatch(/^sessionid=;/)
    expect((await host?.ask('/me', key))?.text).toBe('nobody')
  })
})

describe('middleware', () => {
  test('handlers and GraphQL behind a middleware share its session, and the answer has one cookie', async () => {
    const { withSession } = hostOf(server.app)
    const { handlers } = server.app
    const { openExchange } = hostOf(server.app)
    const web = express()
    web.use(
      withSession((_request, _response, { session }, next) => {
        session.update('values', (all) => ({ ...all, visits: Number(all?.['visits'] ?? 0) + 1 }))
        next()
      }),
    )
    web.get('/plain', (_request, response) => void response.json({}))
    web.get(
      '/route',
      withSession(async (_request, response: express.Response, { session }) => {
        session.update('values', (all) => ({ ...all, route: true }))
        response.json(await session.get('values'))
      }),
    )
    web.get(
      '/throw',
      withSession(() => {
        throw new Error('in the route')
      }),
    )
    web.post('/graphql', (request, response) =>
      handlers['/graphql']?.(openExchange(request, response)),
    )
    web.use(
      ((_error, _request, response, _next) =>
        void response.status(500).end()) satisfies express.ErrorRequestHandler,
    )
    host = await serveListener(web)
    const first = await host.ask('/plain')
    expect(first.setCookie).toHaveLength(1)
    const { text, setCookie } = await host.ask('/route', first.key)
    expect([text, setCookie]).toEqual(['{"visits":2,"route":true}', []])
    expect((await host.ask('/throw', first.key)).status).toBe(500)
    const query = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
    const graphql = await host.ask('/graphql', null, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    expect(graphql.setCookie).toHaveLength(1)
    expect(graphql.headers.get('vary')).toContain('Cookie')
    const seen = await server
      .visitor(graphql.key)
      .data('{ cart { totalQuantity } session { value(key: "visits") } }')
    expect(seen).toEqual({ cart: { totalQuantity: 1 }, session: { value: 1 } })
    expect((await host.ask('/route', first.key)).text).toBe('{"visits":3,"route":true}')
  })
})

describe('who may send a request', () => {
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }

  test(
    'a page of a foreign origin is refused by every method that may change something, and by a method put in its place',
    { tags: ['F11'] },
    async () => {
      const { withSession } = hostOf(server.app)
      const listener = withSession((_request, response) => response.end('in'))
      const open = withSession((_request, response) => response.end('in'), { csrf: false })
      host = await serveListener((request, response) => {
        const wanted = request.headers['x-http-method-override']
        if (wanted) Object.assign(request, { originalMethod: request.method, method: wanted })
        void (request.url === '/open' ? open : listener)(request, response)
      })
      const ask = async (method: string, headers: Record<string, string>, path = '/') =>
        (await host?.ask(path, null, { method, headers }))?.status
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
        expect(await ask(method, foreign)).toBe(403)
      expect(await ask('POST', { ...foreign, 'x-http-method-override': 'GET' })).toBe(403)
      for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(await ask(method, foreign)).toBe(200)
      expect(await ask('POST', { 'sec-fetch-site': 'same-origin' })).toBe(200)
      expect(await ask('POST', {})).toBe(200)
      expect(await ask('POST', foreign, '/open')).toBe(200)
    },
  )

  test(
    'a refused request stores nothing that middleware in front has recorded',
    { tags: ['F11'] },
    async () => {
      const { withSession } = hostOf(server.app)
      const web = express()
      web.use(
        withSession((_request, _response, { session }, next) => (put(session), next()), {
          csrf: false,
        }),
      )
      web.post(
        '/',
        withSession((_request, response) => response.end('in')),
      )
      host = await serveListener(web)
      const { status, setCookie } = await host.ask('/', null, { method: 'POST', headers: foreign })
      expect([status, setCookie]).toEqual([403, []])
    },
  )
})

describe('coat.session', () => {
  test('coat.session shows a host who sent a request, and refuses to change their session with an error that says why', async () => {
    const { cookie } = await server.signedIn('ada')
    const { session: look } = hostOf(server.app)
    const request = new Request('http://shop.example/', {
      headers: { cookie: `sessionid=${cookie}` },
    })
    const { session, user, client } = await look(request, { address: '192.0.2.7' })
    expect([(await user())?.username, await session.get('cart'), client.ipAddress]).toEqual([
      'ada',
      null,
      '192.0.2.7',
    ])
    expect(() => put(session)).toThrow('This session can only be read')
    expect(() => session.flush()).toThrow('This session can only be read')
    await server.visitor(cookie).data('mutation { logout { session { id } } }')
    expect((await user())?.username).toBe('ada') // as it was when it was looked up
    expect(await (await look(request)).user()).toBeNull()
  })

  test('an upgrade that a page of a foreign origin asks for has no session', async () => {
    const { cookie } = await server.signedIn('joan')
    const { session: look } = hostOf(server.app)
    const upgrade = (origin: string) =>
      look({
        headers: {
          cookie: `sessionid=${cookie}`,
          upgrade: 'websocket',
          host: 'shop.example',
          origin,
        },
        socket: {},
      } as IncomingMessage)
    expect((await (await upgrade('https://shop.example')).user())?.username).toBe('joan')
    expect(await (await upgrade('https://evil.example')).user()).toBeNull()
  })
})

describe('fetchWithSession', () => {
  test('fetchWithSession stores the session, adds its cookie to the response, and leaves the rest of the response as it is', async () => {
    const { fetchWithSession } = hostOf(server.app)
    const handle = fetchWithSession(async (request, { session }) => {
      put(session)
      return new URL(request.url).pathname === '/away'
        ? Response.redirect('http://shop.example/', 303)
        : Response.json({ made: true }, { status: 201, headers: { 'set-cookie': 'a=1' } })
    })
    const response = await handle(new Request('http://shop.example/'))
    expect([
      response.status,
      await response.json(),
      response.headers.getSetCookie().length,
    ]).toEqual([201, { made: true }, 2])
    expect([response.headers.get('vary'), response.headers.get('cache-control')]).toEqual([
      'Cookie',
      'no-store',
    ])
    const away = await handle(new Request('http://shop.example/away'))
    expect([away.status, away.headers.getSetCookie().length]).toEqual([303, 1])
  })

  test('fetchWithSession refuses foreign origins, answers refusals, and throws other errors to the host', async () => {
    const { fetchWithSession } = hostOf(server.app)
    const handle = fetchWithSession(async (request, { session }) => {
      put(session)
      throw request.method === 'GET' ? new TooManyAttempts(3) : new Error('fault')
    })
    const post = (headers: HeadersInit) =>
      handle(new Request('http://shop.example/', { method: 'POST', headers }))
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
    const refused = await handle(new Request('http://shop.example/'))
    expect([
      refused.status,
      refused.headers.get('retry-after'),
      refused.headers.getSetCookie(),
    ]).toEqual([429, '3', []])
    await expect(post({ origin: 'http://shop.example' })).rejects.toThrow('fault')
  })
})
