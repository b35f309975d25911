import type { GraphQLParams } from 'graphql-yoga'
import { isPlain } from '../../src/graphql/yoga.ts'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { addMoreFields } from './more-fields.ts'

const app = 'https://shop.example'
let server: TestServer
beforeAll(async () => {
  server = await startServer({ ALLOWED_ORIGINS: app }, { types: addMoreFields })
})
afterAll(() => server.stop())

const addItem = 'mutation { addCartItem(input: { sku: "a" }) { __typename } }'
const json = { 'content-type': 'application/json' }
const post = (headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) =>
  fetch(`${server.url}/graphql`, { method: 'POST', headers, body })

/** One request as bytes, since fetch writes Host and Origin by itself; the answer's first line and headers. */
function raw(lines: string[], body = ''): Promise<string> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`),
    )
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('end', () => resolve(text)).on('error', reject)
  })
}

describe('the origin', () => {
  const send = (headers: Record<string, string>) => {
    const body = JSON.stringify({ query: addItem })
    const all = {
      host: 'coat.example',
      connection: 'close',
      ...json,
      'content-length': body.length,
      ...headers,
    }
    return raw(
      [
        'POST /graphql HTTP/1.1',
        ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
      ],
      body,
    )
  }

  test.each<[string, Record<string, string>]>([
    ['no browser', {}],
    ['the same origin', { origin: 'https://coat.example', 'sec-fetch-site': 'same-origin' }],
    ['the same origin in an older browser', { origin: 'http://coat.example' }],
    ['typed by the user', { 'sec-fetch-site': 'none' }],
    ['a listed origin', { origin: app, 'sec-fetch-site': 'cross-site' }],
  ])('a request is allowed: %s', { tags: ['F4'] }, async (_case, headers) => {
    const answer = await send(headers)
    expect(answer).toMatch(/^HTTP\/1.1 200/)
    expect(answer).toMatch(/set-cookie: sessionid=/i)
    expect(answer.includes('Access-Control-Allow-Origin')).toBe(headers['origin'] === app)
  })

  test.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a subdomain', { origin: 'https://a.coat.example', 'sec-fetch-site': 'same-site' }],
    ['another site in an older browser', { origin: 'https://evil.example' }],
    ['another port', { origin: 'https://coat.example:8443' }],
    ['a sandboxed page', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a sandboxed page in an older browser', { origin: 'null' }],
    ['cross-site without Origin', { 'sec-fetch-site': 'cross-site' }],
    ['a listed origin with a path', { origin: `${app}/` }],
    ['a name that a listed one begins', { origin: `${app}.evil.example` }],
  ])(
    'a request is refused before anything runs: %s',
    { tags: ['F1', 'F2', 'F3'] },
    async (_case, headers) => {
      const before = await server.app.db.session.count()
      const answer = await send(headers)
      expect(answer).toMatch(/^HTTP\/1.1 403/)
      expect(answer).not.toMatch(/set-cookie|access-control/i)
      expect(await server.app.db.session.count()).toBe(before)
    },
  )

  test(
    'a preflight of a listed origin gets an exact answer, and any other no header of CORS',
    { tags: ['F5', 'F6'] },
    async () => {
      const ask = (origin: string, wanted = 'content-type,traceparent,x-own') =>
        fetch(`${server.url}/graphql`, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': wanted,
          },
        })
      const listed = await ask(app)
      expect(listed.status).toBe(204)
      expect(listed.headers.get('access-control-allow-origin')).toBe(app)
      expect(listed.headers.get('access-control-allow-credentials')).toBe('true')
      expect(listed.headers.get('access-control-allow-headers')).toBe(
        'content-type,traceparent,x-own',
      )
      for (const wanted of ['', '*, a b', 'a;b', `x-${'a'.repeat(1024)}`]) {
        const { headers } = await ask(app, wanted)
        expect(headers.get('access-control-allow-headers')).toBe('content-type')
      }
      expect(listed.headers.get('vary')).toBe('Origin')
      const other = await ask('https://evil.example')
      expect(other.status).toBe(403)
      expect([...other.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual(
        [],
      )
    },
  )

  test('the answer of /graphql varies by origin and by cookie', { tags: ['F5'] }, async () => {
    const { headers } = await server.visitor().send('{ me { id } }', {}, { origin: app })
    expect(headers.get('vary')?.split(', ').sort()).toEqual(['Cookie', 'Origin'])
    expect(headers.get('access-control-allow-origin')).toBe(app)
    expect(headers.get('access-control-expose-headers')).toBe('Retry-After, X-Request-Id')
  })
})

describe('the body', () => {
  test.each([
    ['text/plain', JSON.stringify({ query: addItem })],
    ['application/x-www-form-urlencoded', `query=${encodeURIComponent(addItem)}`],
    [
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n{}\r\n--x--',
    ],
    ['application/graphql', addItem],
    ['application/json; charset=utf-16', JSON.stringify({ query: addItem })],
    ['application/jsonx', JSON.stringify({ query: addItem })],
    ['', JSON.stringify({ query: addItem })],
  ])('a body of the content type %j is refused', { tags: ['E3'] }, async (type, body) => {
    const answer = await post({ 'content-type': type }, body)
    expect(answer.status).toBe(415)
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['an array', '[]'],
    ['a string', '"{ me { id } }"'],
    ['null', 'null'],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['no query', '{}'],
    ['a query that is no text', '{"query":1}'],
    ['variables that are no object', '{"query":"{__typename}","variables":1}'],
    ['a syntax error', '{"query":"{"}'],
    ['a field that is not there', '{"query":"{nope}"}'],
    ['an operation that is not there', '{"query":"query A{__typename}","operationName":"B"}'],
    ['two operations and no name', '{"query":"query A{__typename} query B{__typename}"}'],
  ])(
    '%s is a coded refusal, with a 4xx for a client that asks by the specification',
    { tags: ['E4', 'E15'] },
    async (_case, body) => {
      const answer = await post({ ...json, accept: 'application/graphql-response+json' }, body)
      expect(answer.status).toBe(400)
      const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] }
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
    },
  )

  test(
    'a body past 100 KB gets 413 with the name of the limit and a closed connection, and the next request is served',
    { tags: ['E19'] },
    async () => {
      for (const headers of [`content-length: ${200_000}`, 'transfer-encoding: chunked']) {
        const chunk = 'x'.repeat(110_000)
        const body = headers.startsWith('content')
          ? chunk
          : `${chunk.length.toString(16)}\r\n${chunk}\r\n`
        const answer = await raw(
          ['POST /graphql HTTP/1.1', 'host: x', 'content-type: application/json', headers],
          body,
        )
        expect(answer).toMatch(/^HTTP\/1.1 413/)
        expect(answer).toMatch(/connection: close/i)
        expect(answer).toContain('102400 bytes')
      }
      expect((await post(json, '{"query":"{__typename}"}')).status).toBe(200)
    },
  )
})

test('mutations run by POST only, and queries by GET too', { tags: ['E2'] }, async () => {
  const get = (query: string) =>
    fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'application/json' },
    })
  expect(await (await get('{ __typename }')).json()).toEqual({ data: { __typename: 'Query' } })
  const refused = await get(addItem)
  expect(refused.status).toBe(405)
  expect(refused.headers.get('set-cookie')).toBeNull()
})

test.each(['PUT', 'DELETE', 'PATCH'])(
  'the method %s of /graphql is refused',
  { tags: ['F10'] },
  async (method) => {
    expect((await fetch(`${server.url}/graphql`, { method })).status).toBe(405)
  },
)

test(
  'the caller sees a fault masked under a request id, and the log has it whole under the same',
  { tags: ['E16'] },
  async () => {
    const { errors } = await server.visitor().send('mutation { failAfterWriting }')
    const [{ message, extensions }] = errors as [
      { message: string; extensions: Record<string, string> },
    ]
    expect([message, extensions['code']]).toEqual(['Unexpected error.', 'INTERNAL_SERVER_ERROR'])
    expect(JSON.stringify(errors)).not.toMatch(/secret detail|stack|\.ts/)
    const line = server.logs.find(({ requestId }) => requestId === extensions['requestId'])
    expect(line).toMatchObject({
      level: 50,
      err: { message: 'A secret detail of the fault.', stack: expect.any(String) },
    })
  },
)

test(
  'in production there is no introspection and no GraphiQL, and the cookie is Secure',
  { tags: ['E12'] },
  async () => {
    const production = await startServer({ NODE_ENV: 'production', SECRET_KEY: 's'.repeat(32) })
    const { errors } = await production.visitor().send('{ __schema { types { name } } }')
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }, {}])
    const page = await fetch(`${production.url}/graphql`, { headers: { accept: 'text/html' } })
    expect(await page.text()).not.toContain('GraphiQL')
    const { setCookie } = await production.visitor().send(addItem)
    expect(setCookie[0]).toMatch(/; Secure; HttpOnly; SameSite=Lax$/)
    await production.stop()
  },
)

test('behind two proxies of ours the client is the one that the second saw, whatever the first header says', async () => {
  const proxied = await startServer({ TRUST_PROXY: '2' })
  const chief = await proxied.signedIn('chief', { isStaff: true })
  const login =
    'mutation { login(input: { username: "chief", password: "correct horse battery staple" }) { __typename } }'
  const seen = async (forwarded: string) => {
    const visitor = proxied.visitor()
    await visitor.send(login, {}, { 'x-forwarded-for': forwarded })
    const { session } = await visitor.data('{ session { id } }')
    return (await chief.data('query ($id: ID!) { sessionRecord(id: $id) { ipAddress } }', session))
      .sessionRecord.ipAddress
  }
  expect(await seen('1.1.1.1, 198.51.100.7, 10.0.0.2')).toBe('198.51.100.7')
  expect(await seen('2001:db8::7, 10.0.0.2')).toBe('2001:db8::7')
  expect(await seen('10.0.0.2')).toBe('10.0.0.2')
  expect(await seen('<script>, 10.0.0.2')).toBeNull()
  await proxied.stop()
})

test('parameters that clients send go past the checks of Yoga, extensions such as Apollo Client’s among them, and no others do', () => {
  const query = '{ me { id } }'
  const extensions = { clientLibrary: { name: '@apollo/client', version: '4.3.8' } }
  const plain = { query, operationName: 'Me', variables: { a: 1 }, extensions }
  expect(
    [plain, { query }, { query, variables: null }].map(isPlain as (p: object) => boolean),
  ).toEqual([true, true, true])
  for (const fault of [
    { extensions: [] },
    { extensions: 'x' },
    { variables: [] },
    { other: 1 },
    { query: 1 },
  ])
    expect(isPlain({ ...plain, ...fault } as GraphQLParams)).toBe(false)
  expect(isPlain({ extensions })).toBe(false)
})
