import { connect } from 'node:net'
import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { exchange } from './hostile/exchange.ts'
import type { WireAnswer } from './hostile/exchange.ts'

const addItem = JSON.stringify({
  query: 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }',
})

/** A request as it is written, since fetch decides on Host and Origin by itself. */
async function post(
  server: TestServer,
  headers: Record<string, string>,
  body = addItem,
): Promise<WireAnswer> {
  const all = {
    host: 'coat.example',
    connection: 'close',
    'content-type': 'application/json',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const [answer] = await exchange(
    server.url,
    Buffer.from(
      `POST /graphql HTTP/1.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`,
    ),
  )
  return answer!
}

describe('behind a proxy that says how visitors come', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ TRUST_PROXY: '1' })
  })
  afterAll(() => server.stop())
  const secure = { 'x-forwarded-proto': 'https' }

  test(
    'behind a proxy our own origin is allowed with the scheme that visitors use',
    { tags: ['F4'] },
    async () => {
      for (const headers of [
        {},
        { ...secure, origin: 'https://coat.example' },
        { ...secure, 'sec-fetch-site': 'same-origin' },
      ])
        expect((await post(server, headers)).status).toBe(200)
    },
  )

  test(
    'behind a proxy our name under another scheme or port is another origin',
    { tags: ['F2'] },
    async () => {
      const before = await server.app.db.session.count()
      for (const origin of [
        'http://coat.example',
        'https://coat.example:8443',
        'https://a.coat.example',
        'https://coat.example.evil.example',
      ]) {
        const answer = await post(server, { ...secure, origin })
        expect([origin, answer.status]).toEqual([origin, 403])
        expect(JSON.parse(answer.body)).toMatchObject({
          errors: [{ extensions: { code: 'FORBIDDEN' } }],
        })
      }
      expect(await server.app.db.session.count()).toBe(before)
    },
  )

  test(
    'a foreign page that signs its visitor in is refused, and no user is looked up',
    { tags: ['D23', 'F1'] },
    async () => {
      await server.signedIn('mallory')
      const query =
        'mutation { login(input: { username: "mallory", password: "correct horse battery staple" }) { __typename } }'
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      const answer = await post(server, headers, JSON.stringify({ query }))
      expect(answer.status).toBe(403)
      expect(answer.headers.map(([name]) => name)).not.toContain('set-cookie')
      expect(await server.app.db.auditEvent.count({ where: { type: 'LOGIN' } })).toBe(1)
    },
  )
})

test(
  'under a host name that is not ours the server answers nothing',
  { tags: ['F9'] },
  async () => {
    const server = await startServer({ ALLOWED_HOSTS: 'coat.example,.shop.example' })
    for (const host of [
      'coat.example',
      'coat.example:4000',
      'COAT.example',
      'shop.example',
      'a.shop.example',
    ])
      expect([host, (await post(server, { host })).status]).toEqual([host, 200])
    for (const host of [
      'evil.example',
      'a.coat.example',
      'coat.example.evil.example',
      'evilshop.example',
      'coat.example@evil.example',
      '',
    ]) {
      const answer = await post(server, { host })
      expect([host, answer.status]).toEqual([host, 400])
      expect(answer.headers.map(([name]) => name)).not.toContain('set-cookie')
    }
    await server.stop()
  },
)

test(
  'hosts are compared without case, port and final dot, and IPv6 as one address',
  { tags: ['F9'] },
  async () => {
    const server = await startServer({ ALLOWED_HOSTS: 'COAT.example,[2001:DB8:0::1],192.0.2.1' })
    for (const host of ['coat.example.', '[2001:db8::1]:4000', '[2001:db8:0:0::1]', '192.0.2.1:80'])
      expect([host, (await post(server, { host })).status]).toEqual([host, 200])
    for (const host of ['[2001:db8::2]', '192.0.2.2'])
      expect([host, (await post(server, { host })).status]).toEqual([host, 400])
    await server.stop()
  },
)

test(
  'in development, where no host is listed, the server answers to localhost, to addresses and to the name of this machine, and in production to any name',
  { tags: ['F9'] },
  async () => {
    const own = hostname().toLowerCase()
    const local = ['localhost', 'LOCALHOST:4000', 'shop.localhost', '127.0.0.1:4000', '[::1]:4000']
    const servers = ['192.0.2.7', '[2001:db8::7]', own, `${own}.local:4000`]
    const rebound = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'api']
    const development = await startServer({ ALLOWED_HOSTS: '' })
    for (const host of [...local, ...servers])
      expect([host, (await post(development, { host })).status]).toEqual([host, 200])
    for (const host of rebound.filter((name) => name !== own))
      expect([host, (await post(development, { host })).status]).toEqual([host, 400])
    await development.stop()
    const production = await startServer({
      NODE_ENV: 'production',
      ALLOWED_HOSTS: '',
      SECRET_KEY: 'k'.repeat(40),
      SESSION_COOKIE_SECURE: 'false',
    })
    for (const host of [...local, ...servers, ...rebound])
      expect([host, (await post(production, { host })).status]).toEqual([host, 200])
    await production.stop()
  },
)

test('a star in ALLOWED_HOSTS allows any host, as in Django', { tags: ['F9'] }, async () => {
  const server = await startServer({ ALLOWED_HOSTS: 'shop.example,*' })
  for (const host of ['any.example', '[::1]', '192.0.2.1'])
    expect([host, (await post(server, { host })).status]).toEqual([host, 200])
  await server.stop()
})

test(
  'apps and extensions that the operator lists may use the cookie, byte by byte',
  { tags: ['F4', 'F5'] },
  async () => {
    const listed = ['capacitor://localhost', 'tauri://localhost', 'app://shop']
    const server = await startServer({ ALLOWED_ORIGINS: listed.join() })
    for (const origin of listed) {
      const { status, headers } = await post(server, { origin, 'sec-fetch-site': 'cross-site' })
      expect([status, new Map(headers).get('access-control-allow-origin')]).toEqual([200, origin])
    }
    for (const origin of [
      'capacitor://localhost:80',
      'Capacitor://localhost',
      'ionic://localhost',
      'app://shop/',
    ])
      expect([origin, (await post(server, { origin })).status]).toEqual([origin, 403])
    await server.stop()
  },
)

describe('methods', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'PROPFIND', 'TRACE'])(
    'the method %s is refused at /graphql, and the answer says which are allowed',
    { tags: ['F10'] },
    async (method) => {
      const [answer] = await exchange(
        server.url,
        Buffer.from(
          `${method} /graphql?query={__typename} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
        ),
      )
      expect([answer?.status, new Map(answer?.headers).get('allow')]).toEqual([
        405,
        'GET, POST, OPTIONS',
      ])
    },
  )

  test('CONNECT opens no tunnel', { tags: ['F10'] }, async () => {
    const { hostname, port } = new URL(server.url)
    const received = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(Number(port), hostname, () =>
        socket.write('CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n'),
      )
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      socket.on('error', () => {}).on('close', () => resolve(text))
    })
    expect(received).not.toMatch(/^HTTP\/1\.1 2/)
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
  })

  test('every path but /graphql answers GET and HEAD only', { tags: ['F10'] }, async () => {
    for (const path of ['/', '/health', '/ready']) {
      const answer = await fetch(server.url + path, { method: 'POST' })
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, 'GET, HEAD'])
    }
  })
})
