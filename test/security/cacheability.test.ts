import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addMoreFields } from '../graphql/more-fields.ts'
import { createClock, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

const clock = createClock()
let server: TestServer
let ada: Visitor
beforeAll(async () => {
  server = await startServer(
    { ALLOWED_ORIGINS: 'https://shop.example' },
    { now: clock.now, types: addMoreFields },
  )
  ada = await server.signedIn('ada')
})
afterAll(() => server.stop())

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', cookie: `sessionid=${ada.cookie}`, ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const send = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(server.url + path, init)
  await response.arrayBuffer()
  return response
}
const names = (response: Response) =>
  (response.headers.get('vary') ?? '').toLowerCase().split(/, */)

// A client that accepts this gets a refusal by the status too.
const modern = { accept: 'application/graphql-response+json' }

describe('no cache keeps an answer of /graphql', { tags: ['A14'] }, () => {
  const me = encodeURIComponent('{ me { id } }')
  test.each<[string, number, () => Promise<Response>]>([
    ['a read', 200, () => send('/graphql', post({ query: '{ me { id } }' }))],
    ['a read of nothing', 200, () => send('/graphql', post({ query: '{ __typename }' }))],
    [
      'a write',
      200,
      () => send('/graphql', post({ query: 'mutation { clearCart { __typename } }' })),
    ],
    ['a fault', 200, () => send('/graphql', post({ query: 'mutation { failAfterWriting }' }))],
    [
      'a GET',
      200,
      () => send(`/graphql?query=${me}`, { headers: { cookie: `sessionid=${ada.cookie}` } }),
    ],
    [
      'a stream',
      200,
      () =>
        send(
          '/graphql',
          post({ query: 'subscription { ticks }' }, { accept: 'text/event-stream' }),
        ),
    ],
    [
      'a listed origin',
      200,
      () => send('/graphql', post({ query: '{ me { id } }' }, { origin: 'https://shop.example' })),
    ],
    ['what does not parse', 400, () => send('/graphql', post({ query: '{' }, modern))],
    ['what does not validate', 400, () => send('/graphql', post({ query: '{ nope }' }, modern))],
    ['no JSON', 400, () => send('/graphql', post('{'))],
    [
      'another origin',
      403,
      () => send('/graphql', post({ query: '{ me { id } }' }, { origin: 'https://evil.example' })),
    ],
    ['another method', 405, () => send('/graphql', { method: 'PUT' })],
    ['a body that is too large', 413, () => send('/graphql', post('x'.repeat(200_000)))],
    [
      'another content type',
      415,
      () => send('/graphql', post('{}', { 'content-type': 'text/plain' })),
    ],
    ['GraphiQL', 200, () => send('/graphql', { headers: { accept: 'text/html' } })],
    ['the rest', 404, () => send('/nowhere')],
  ])('the answer of %s (%i) forbids every cache to keep it', async (_what, status, ask) => {
    const response = await ask()
    expect(response.status).toBe(status)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})

test(
  'an answer that looked at the session varies by its cookie, for a visitor without one too',
  {
    tags: ['A14'],
  },
  async () => {
    for (const query of [
      '{ me { id } }',
      '{ cart { totalQuantity } }',
      'mutation { logout { session { id } } }',
    ]) {
      for (const cookie of ['', `sessionid=${'A'.repeat(43)}`, 'sessionid=x'])
        expect(names(await send('/graphql', post({ query }, { cookie })))).toContain('cookie')
    }
  },
)

test(
  'what two visitors ask in turn is never answered with the other’s data',
  {
    tags: ['A14'],
  },
  async () => {
    const grace = await server.signedIn('grace')
    const visitors = [ada, grace, server.visitor()]
    const wanted = ['ada', 'grace', undefined]
    const answers = await Promise.all(
      Array.from({ length: 90 }, (_, at) => visitors[at % 3]!.data('{ me { username } }')),
    )
    expect(answers.map(({ me }) => me?.username)).toEqual(
      answers.map((_answer, at) => wanted[at % 3]),
    )
  },
)
