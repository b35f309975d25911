import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { ServerError } from '@apollo/client/errors'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

const stream = 'subscription { sessionEvents { __typename ... on SessionEnded { reason } } }'
let server: TestServer
let ada: Visitor
beforeAll(async () => {
  server = await startServer()
  ada = await server.signedIn('ada')
})
afterAll(() => server.stop())

const cookieOf = (visitor: Visitor) => ({ cookie: `sessionid=${visitor.cookie}` })
const post = (body: object, headers: Record<string, string>) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

function apollo(link: ApolloLink): ApolloClient {
  return new ApolloClient({ link, cache: new InMemoryCache() })
}

describe('a subscription that asks for no server-sent events', () => {
  test.each([
    'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
    'multipart/mixed',
    'application/json',
    'application/graphql-response+json, application/json;q=0.9',
    'text/html',
  ])(
    'a subscription that accepts %s gets 406, with the accepted type and where to read on',
    async (accept) => {
      const answer = await post({ query: stream }, { accept, ...cookieOf(ada) })
      expect(answer.status).toBe(406)
      expect(answer.headers.get('content-type')).toMatch(/json; charset=utf-8$/)
      const { errors } = (await answer.json()) as {
        errors: { message: string; extensions: object }[]
      }
      expect(errors).toMatchObject([
        {
          extensions: {
            code: 'NOT_ACCEPTABLE',
            accept: expect.arrayContaining(['text/event-stream']),
          },
        },
      ])
      expect(errors[0]!.message).toMatch(/text\/event-stream.*graphql-sse.*docs\/frontend/)
      expect(server.app.events.size).toBe(0)
    },
  )

  test('Apollo’s HttpLink shows the message of a subscription that gets 406', async () => {
    const client = apollo(new HttpLink({ uri: `${server.url}/graphql`, headers: cookieOf(ada) }))
    const failure = await new Promise((resolve) => {
      client.subscribe({ query: gql(stream) }).subscribe({
        next: ({ error }) => error && resolve(error),
        error: resolve,
      })
    })
    const text = ServerError.is(failure) ? failure.bodyText : String(failure)
    expect(text).toMatch(/text\/event-stream/)
    client.stop()
  })
})

test.each([
  ['application/graphql-response+json', 404],
  ['application/json', 200],
])(
  'a stream that is refused before it begins, and asked for as %s, has the status %i',
  async (accept, status) => {
    const answer = await post({ query: stream }, { accept })
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'NO_SESSION' } }] })
  },
)

describe('a mutation', () => {
  const write = (name: string) => ({
    query: `mutation { setSessionValue(key: "${name}", value: 1) { __typename } }`,
  })
  const keys = async () => (await ada.data('{ session { keys } }')).session.keys

  test.each(['text/html', 'image/png, text/plain', 'application/json;charset=latin1', 'text'])(
    'a mutation whose client accepts no form of answer is refused, and not run: %s',
    { tags: ['K19'] },
    async (accept) => {
      const answer = await post(write('refused'), { accept, ...cookieOf(ada) })
      expect(answer.status).toBe(406)
      expect(answer.headers.get('set-cookie')).toBeNull()
      const { errors } = (await answer.json()) as { errors: object[] }
      expect(errors).toMatchObject([{ extensions: { code: 'NOT_ACCEPTABLE' } }])
      expect(await keys()).not.toContain('refused')
    },
  )

  test.each([
    'application/json; charset=UTF-8',
    'text/html, */*;q=0.1',
    'application/*',
    'application/graphql-response+json',
    'text/event-stream',
    'multipart/mixed',
  ])('a mutation whose client accepts a form of answer runs: %s', async (accept) => {
    const answer = await post(write('ran'), { accept, ...cookieOf(ada) })
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('SessionSuccess')
    expect(await keys()).toContain('ran')
    await ada.data('mutation { clearSession { __typename } }')
  })
})

describe('a persisted query', () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } }

  // Apollo's and urql's links compare this message, in a body of either type that is 200.
  test.each(['application/json', 'application/graphql-response+json', '*/*'])(
    'a persisted query without its document gets the answer on which links send the document, for %s',
    async (accept) => {
      const search = `extensions=${encodeURIComponent(JSON.stringify(extensions))}`
      for (const answer of [
        await post({ operationName: 'A', variables: {}, extensions }, { accept }),
        await fetch(`${server.url}/graphql?${search}`, { headers: { accept } }),
      ]) {
        expect(answer.status).toBe(200)
        expect(await answer.json()).toMatchObject({
          errors: [
            {
              message: 'PersistedQueryNotSupported',
              extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
            },
          ],
        })
      }
    },
  )

  test('a persisted query that comes with its document runs', async () => {
    const answer = await post({ query: '{ __typename }', extensions }, {})
    expect(await answer.json()).toEqual({ data: { __typename: 'Query' } })
  })

  test('a persisted query by Apollo’s link arrives at the second try, and the next one at the first', async () => {
    const bodies: string[] = []
    const persisted = new PersistedQueryLink({
      sha256: async (text: string) => createHash('sha256').update(text).digest('hex'),
    })
    const http = new HttpLink({
      uri: `${server.url}/graphql`,
      fetch: (uri, init) => {
        bodies.push(String(init?.body))
        return fetch(uri, { ...init, headers: { ...(init?.headers as object), ...cookieOf(ada) } })
      },
    })
    const client = apollo(ApolloLink.from([persisted, http]))
    const ask = (name: string) =>
      client.query({ query: gql(`query ${name} { me { username } }`), fetchPolicy: 'no-cache' })
    expect((await ask('First')).data).toMatchObject({ me: { username: 'ada' } })
    expect((await ask('Second')).data).toMatchObject({ me: { username: 'ada' } })
    expect(bodies.map((body) => body.includes('"query"'))).toEqual([false, true, true])
    client.stop()
  })
})

describe('EventSource, which asks by GET', () => {
  const listen = (headers: Record<string, string>, query = stream) =>
    fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'text/event-stream', ...headers },
    })

  const ended = async () => {
    const visitor = await server.signedIn(`ended${Math.random()}`)
    const headers = cookieOf(visitor)
    await visitor.data('mutation { logout { session { id } } }')
    return headers
  }

  test.each<[string, () => Promise<Record<string, string>>, string, number, string]>([
    ['without a session', async () => ({}), stream, 404, 'NO_SESSION'],
    ['whose session is over', ended, stream, 404, 'NO_SESSION'],
    [
      'with a document that is none',
      async () => ({}),
      'subscription { nope }',
      400,
      'BAD_USER_INPUT',
    ],
  ])(
    'an EventSource %s gets a status that ends its tries',
    async (_who, headers, query, status, code) => {
      const answer = await listen(await headers(), query)
      expect(answer.status).toBe(status)
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code } }] })
    },
  )

  test('an EventSource past the streams of one session gets a status that ends its tries', async () => {
    const visitor = await server.signedIn('crowd')
    const open = await Promise.all(Array.from({ length: 10 }, () => listen(cookieOf(visitor))))
    expect((await listen(cookieOf(visitor))).status).toBe(429)
    for (const { body } of open) await body?.cancel()
  })

  test('an EventSource with a session gets its events', async () => {
    const answer = await listen(cookieOf(ada))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    await answer.body?.cancel()
  })

  test('a client that posts its subscription reads the error, or the end, as an event', async () => {
    const accept = 'text/event-stream'
    const without = await post({ query: stream }, { accept })
    expect(without.status).toBe(200)
    expect(await without.text()).toMatch(/event: next\ndata: .*NO_SESSION.*\n\nevent: complete/)
    const over = await post({ query: stream }, { accept, ...(await ended()) })
    expect(await over.text()).toMatch(/event: next\ndata: .*"LOGOUT".*\n\nevent: complete/)
  })
})

test('only streams ask a proxy not to hold them back', async () => {
  const answer = await post({ query: stream }, { accept: 'text/event-stream', ...cookieOf(ada) })
  expect(answer.headers.get('x-accel-buffering')).toBe('no')
  await answer.body?.cancel()
  const { headers } = await ada.send('{ me { id } }')
  expect(headers.get('x-accel-buffering')).toBeNull()
})

test('a URL that ends like a health check of Yoga’s is a request like any other', async () => {
  const answer = await fetch(`${server.url}/graphql?a=/health`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  })
  expect(await answer.json()).toEqual({ data: { __typename: 'Query' } })
})
