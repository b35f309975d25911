import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addMoreFields } from '../graphql/more-fields.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer(
    { TRUST_PROXY: '1', ALLOWED_ORIGINS: 'https://shop.example' },
    { types: addMoreFields },
  )
})
afterAll(() => server.stop())

const json = { 'content-type': 'application/json' }
const post = (body: string, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body,
})
const query = (text: string) => post(JSON.stringify({ query: text }))
const shop = { origin: 'https://shop.example' }

const cases: [status: number, what: string, path: string, init: RequestInit][] = [
  [200, 'an answer', '/graphql', query('{ me { id } }')],
  [
    200,
    'an answer to a listed origin',
    '/graphql',
    post('{"query":"{__typename}"}', { ...json, ...shop }),
  ],
  [200, 'a fault', '/graphql', query('mutation { failAfterWriting }')],
  [200, 'the health', '/health', {}],
  [200, 'the readiness', '/ready', {}],
  [200, 'the first page', '/', {}],
  [204, 'a preflight', '/graphql', { method: 'OPTIONS', headers: shop }],
  [400, 'a malformed body', '/graphql', post('{')],
  [400, 'a limit', '/graphql', query(`{ ${'__typename '.repeat(251)} }`)],
  [
    403,
    'another origin',
    '/graphql',
    post('{"query":"{__typename}"}', { ...json, origin: 'https://evil.example' }),
  ],
  [404, 'a path of nothing', '/nothing', {}],
  [405, 'a method of nothing', '/graphql', { method: 'DELETE' }],
  [413, 'a body too large', '/graphql', post(' '.repeat(102_401))],
  [415, 'another content type', '/graphql', post('{}', { 'content-type': 'text/plain' })],
]

describe.each(cases)('%i for %s', (status, _what, path, init) => {
  test(
    'the headers of every answer tell browsers to run, frame, guess and keep nothing',
    { tags: ['F8'] },
    async () => {
      const response = await fetch(server.url + path, init)
      expect(response.status).toBe(status)
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      const policy = response.headers.get('content-security-policy')?.split('; ')
      expect(policy).toEqual(
        expect.arrayContaining(["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]),
      )
      if (status !== 204) expect(response.headers.get('content-type')).toMatch(/charset=utf-8$/)
      expect(response.headers.get('strict-transport-security')).toBeNull()
    },
  )
})

describe('browsers are told to use HTTPS alone', { tags: ['F8'] }, () => {
  /** What an answer says of it, where the site has this name and is reached over `scheme`. */
  const hstsOf = (of: TestServer, host: string, scheme: string) =>
    new Promise<string | undefined>((done, fail) => {
      const headers = { host, 'x-forwarded-proto': scheme }
      get(`${of.url}/health`, { headers }, (response) => {
        response.resume()
        done(response.headers['strict-transport-security'])
      }).once('error', fail)
    })

  test('HSTS lasts as long as SECURE_HSTS_SECONDS says, over HTTPS, and never for this machine', async () => {
    const asked = await startServer({ TRUST_PROXY: '1', SECURE_HSTS_SECONDS: '3600' })
    expect(await hstsOf(asked, 'shop.example', 'https')).toBe('max-age=3600')
    expect(await hstsOf(asked, 'shop.example', 'http')).toBeUndefined()
    for (const host of [
      'localhost',
      'localhost.',
      'localhost:4000',
      'api.localhost',
      '127.0.0.1:1',
      '[::1]',
    ])
      expect([host, await hstsOf(asked, host, 'https')]).toEqual([host, undefined])
    await asked.stop()
  })

  test('without SECURE_HSTS_SECONDS there is no HSTS', async () => {
    expect(await hstsOf(server, 'shop.example', 'https')).toBeUndefined()
  })
})

test('the answer of an outage has the same security headers', { tags: ['F8'] }, async () => {
  const broken = await startServer({ SESSION_STORE_TIMEOUT: '500' })
  const visitor = await broken.signedIn('unlucky')
  await broken.app.db.$executeRawUnsafe('ALTER TABLE "Session" RENAME TO "Elsewhere"')
  const { status, headers } = await visitor.send('{ me { id } }')
  expect(status).toBe(503)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('cache-control')).toBe('no-store')
  await broken.stop()
})

test(
  'GraphiQL runs its own scripts and no other, and no page may frame it',
  { tags: ['F8', 'E14'] },
  async () => {
    const page = (headers = {}) =>
      fetch(`${server.url}/graphql`, { headers: { accept: 'text/html', ...headers } })
    const response = await page({ 'sec-fetch-site': 'none' })
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toMatch(/script-src '?[^;]*'sha256-/)
    expect(policy).not.toMatch(/script-src[^;]*('unsafe-inline'|'unsafe-eval'|https?:|\*)/)
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    // Over plain HTTP browsers send no Fetch Metadata, and call the header an error.
    expect((await page()).headers.get('cross-origin-opener-policy')).toBeNull()
  },
)
