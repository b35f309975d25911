import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

let server: TestServer
let ada: Visitor
beforeAll(async () => {
  server = await startServer({ SESSION_COOKIE_NAME: 'id' })
  ada = await server.signedIn('ada')
})
afterAll(() => server.stop())

interface Request {
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly body?: object
}

const ask = async ({ query = '', headers = {}, body = {} }: Request) => {
  const response = await fetch(`${server.url}/graphql${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ me { username } session { id } }', ...body }),
  })
  const { data } = (await response.json()) as { data?: unknown }
  return { data, setCookie: response.headers.getSetCookie() }
}

test('the cookie of a session signs in', { tags: ['A4'] }, async () => {
  const { data } = await ask({ headers: { cookie: `id=${ada.cookie}` } })
  expect(data).toMatchObject({ me: { username: 'ada' } })
})

test.each<[string, (key: string) => Request]>([
  ['the query string', (key) => ({ query: `?id=${key}` })],
  ['the query string, under other names', (key) => ({ query: `?sessionid=${key}&sid=${key}` })],
  ['the matrix of the path', (key) => ({ query: `?;jsessionid=${key}` })],
  ['Authorization: Bearer', (key) => ({ headers: { authorization: `Bearer ${key}` } })],
  [
    'Authorization: Basic',
    (key) => ({
      headers: { authorization: `Basic ${Buffer.from(`id:${key}`).toString('base64')}` },
    }),
  ],
  ['Authorization: Session', (key) => ({ headers: { authorization: `Session id=${key}` } })],
  ['X-Session-Id', (key) => ({ headers: { 'x-session-id': key } })],
  [
    'Cookie2 and X-Cookie',
    (key) => ({ headers: { cookie2: `id=${key}`, 'x-cookie': `id=${key}` } }),
  ],
  ['Set-Cookie', (key) => ({ headers: { 'set-cookie': `id=${key}` } })],
  ['a cookie of another name', (key) => ({ headers: { cookie: `sessionid=${key}; ID=${key}` } })],
  ['a cookie without a name', (key) => ({ headers: { cookie: key } })],
  ['the variables', (key) => ({ body: { variables: { id: key, session: key, sessionid: key } } })],
  ['the extensions', (key) => ({ body: { extensions: { session: key, cookie: `id=${key}` } } })],
  ['the operation name', (key) => ({ body: { operationName: key } })],
])('the key of a session in %s does not sign in', { tags: ['A4'] }, async (_where, request) => {
  const { data, setCookie } = await ask(request(ada.cookie!))
  // What is malformed besides is not answered at all.
  expect([undefined, null, '{"me":null,"session":{"id":null}}']).toContain(
    data && JSON.stringify(data),
  )
  expect(setCookie).toEqual([])
})
