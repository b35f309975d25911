import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../src/index.ts'
import { openCoat } from './open-coat.ts'
import type { OpenCoat } from './open-coat.ts'

let opened: OpenCoat
beforeAll(async () => {
  opened = await openCoat()
})
afterAll(() => opened.remove())

const url = 'http://shop.example/api/graphql'
const put = (session: Session, name: string) =>
  session.update('values', (all) => ({ ...all, [name]: true }))
const cookieOf = (answer: Response) => answer.headers.getSetCookie().at(-1)?.split(';')[0] ?? ''

/** What the session of a cookie holds under names of its own. */
async function valuesOf(cookie: string): Promise<object> {
  const { session } = await opened.coat.session(new Request(url, { headers: { cookie } }))
  return session.get('values', {})
}

test('in Hono, a handler around others and around GraphQL shares its session with them, and the answer has one cookie', async () => {
  const { coat } = opened
  const web = new Hono()
  web.use(async (c, next) => {
    const around = coat.fetchWithSession(async (_request, { session }) => {
      put(session, 'around')
      await next()
      const answer = c.res
      c.res = undefined
      return answer
    })
    c.res = await around(c.req.raw)
  })
  web.get('/route', (c) =>
    coat.fetchWithSession((_request, { session }) => {
      put(session, 'within')
      return c.text('ok')
    })(c.req.raw),
  )
  web.get('/fault', (c) =>
    coat.fetchWithSession((_request, { session }) => {
      put(session, 'fault')
      throw new Error('within')
    })(c.req.raw),
  )
  web.onError((_error, c) => c.text('fault', 500))
  web.post('/api/graphql', (c) => coat.fetch(c.req.raw))

  const route = await web.request('http://shop.example/route')
  expect([route.status, route.headers.getSetCookie().length]).toEqual([200, 1])
  expect(await valuesOf(cookieOf(route))).toEqual({ around: true, within: true })

  const query = 'mutation { setSessionValue(key: "graphql", value: true) { __typename } }'
  const graphql = await web.request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  expect([graphql.status, graphql.headers.getSetCookie().length]).toEqual([200, 1])
  expect(await valuesOf(cookieOf(graphql))).toEqual({ around: true, graphql: true })

  const fault = await web.request('http://shop.example/fault')
  expect([fault.status, fault.headers.getSetCookie()]).toEqual([500, []])
})

test(
  'what a page of a foreign origin asks within a route that lets it in stores nothing of the route either',
  { tags: ['F11'] },
  async () => {
    const { coat } = opened
    const within = coat.fetchWithSession(() => new Response('in'))
    const open = { csrf: false }
    const around = coat.fetchWithSession(async (request, { session }) => {
      put(session, 'around')
      return within(request)
    }, open)
    const headers = { origin: 'https://evil.example' }
    const answer = await around(new Request(url, { method: 'POST', headers }))
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
  },
)

test('a handler whose answer no cookie can be added to fails before its session is stored', async () => {
  const { coat } = opened
  const visitor = await coat.fetchWithSession((_request, { session }) => {
    put(session, 'before')
    return new Response('stored')
  })(new Request(url))
  const cookie = cookieOf(visitor)
  const used = new Response('once')
  await used.text()
  for (const unusable of [used, Response.error(), undefined, 'text']) {
    const handle = coat.fetchWithSession((_request, { session }) => {
      put(session, 'lost')
      return unusable as Response
    })
    await expect(handle(new Request(url, { headers: { cookie } }))).rejects.toThrow(TypeError)
  }
  expect(await valuesOf(cookie)).toEqual({ before: true })
})
