import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, loginDocument, password } from '../harness.ts'
import type { Visitor } from '../harness.ts'
import { exchange } from '../security/hostile/exchange.ts'
import { hostsOwn } from './hosts.ts'
import type { Host, RunningHost } from './hosts.ts'
import { openCoat } from './open-coat.ts'
import type { OpenCoat } from './open-coat.ts'
import { openEvents } from './events.ts'

const register = `mutation ($username: String!, $password: String!) {
  register(input: { username: $username, password: $password }) { __typename }
}`
const me = '{ me { username } }'
const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const cart = '{ cart { totalQuantity } }'
const logout = 'mutation { logout { session { id } } }'

const listed = 'https://shop.example'
const settings = {
  ADMIN_PASSWORD: password,
  ALLOWED_ORIGINS: listed,
  ALLOWED_HOSTS: '127.0.0.1',
  DATA_UPLOAD_MAX_MEMORY_SIZE: '4096',
}

/** Holds `host` to what our own server does for a request, seen from outside. */
export function describeMounts(host: Host): void {
  describe(`mounted in ${host.name}`, () => {
    let opened: OpenCoat
    let server: RunningHost
    let endpoint: string
    beforeAll(async () => {
      opened = await openCoat(settings)
      server = await host.start(opened.coat)
      endpoint = server.url + host.graphql
    })
    afterAll(async () => {
      await server?.stop()
      await opened?.remove()
    })
    const visitor = () => createVisitor(endpoint, 'sessionid', null)
    const named = (title: string) => `${host.name}: ${title}`
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })

    let count = 0
    async function signedIn(): Promise<Visitor> {
      const username = `guest${count++}`
      await visitor().data(register, { username, password })
      const someone = visitor()
      const { login } = await someone.data(loginDocument, { username, password })
      expect(login.__typename).toBe('LoginSuccess')
      return someone
    }

    test(
      named('a visitor signs in, is known by the cookie, and is not after a logout'),
      async () => {
        const someone = await signedIn()
        const { cookie } = someone
        expect(await someone.data(me)).toEqual({ me: { username: 'guest0' } })
        await someone.data(logout)
        expect(someone.cookie).toBeNull()
        expect(await createVisitor(endpoint, 'sessionid', cookie).data(me)).toEqual({ me: null })
      },
    )

    test(named('what concurrent requests of one visitor put into the cart is kept'), async () => {
      const someone = await signedIn()
      await Promise.all(Array.from({ length: 8 }, () => someone.data(addItem)))
      expect(await someone.data(cart)).toEqual({ cart: { totalQuantity: 8 } })
    })

    test(named('a query by GET is answered'), async () => {
      const answer = await fetch(`${endpoint}?query=${encodeURIComponent(me)}`)
      expect([answer.status, await answer.json()]).toEqual([200, { data: { me: null } }])
    })

    test(
      named('a page of a foreign origin is refused before anything runs'),
      { tags: ['F12'] },
      async () => {
        const answer = await post(JSON.stringify({ query: addItem }), {
          origin: 'https://evil.example',
        })
        expect(answer.status).toBe(403)
        expect(await answer.json()).toMatchObject({
          errors: [{ extensions: { code: 'FORBIDDEN' } }],
        })
        expect(
          answer.headers.getSetCookie().filter((line) => line.startsWith('sessionid')),
        ).toEqual([])
      },
    )

    test(named('a page of a listed origin may use the cookie, and asks first'), async () => {
      const answer = await post(JSON.stringify({ query: me }), { origin: listed })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('access-control-allow-origin')).toBe(listed)
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
      expect(answer.headers.get('vary')).toContain('Origin')
      const preflight = await fetch(endpoint, {
        method: 'OPTIONS',
        headers: { origin: listed, 'access-control-request-method': 'POST' },
      })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    })

    test(named('a body that is too large is refused, with the name of the limit'), async () => {
      const answer = await post(JSON.stringify({ query: me, operationName: 'x'.repeat(5000) }))
      expect(answer.status).toBe(413)
      expect(await answer.json()).toMatchObject({
        errors: [{ extensions: { code: 'BAD_USER_INPUT', limit: 'DATA_UPLOAD_MAX_MEMORY_SIZE' } }],
      })
    })

    test(named('a body that is no JSON, or no object, is refused'), async () => {
      for (const body of ['{ "query": ', '[1]']) {
        const answer = await post(body)
        expect([body, answer.status]).toEqual([body, 400])
        if (!host.parses) expect(await answer.json()).toMatchObject({ errors: [{}] })
      }
    })

    test(
      named('a form, which any page can post, is refused, whether the host has parsed it or not'),
      async () => {
        for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
          const answer = await post(`query=${encodeURIComponent(me)}`, { 'content-type': type })
          expect([type, answer.status]).toEqual([type, 415])
        }
      },
    )

    test(named('HEAD is refused without a body'), async () => {
      const answer = await fetch(endpoint, { method: 'HEAD' })
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, OPTIONS'])
      expect(await answer.text()).toBe('')
    })

    test(
      named('a request for a host that is not listed is refused'),
      { tags: ['F12'] },
      async () => {
        const lines = ['Host: evil.example', 'Connection: close']
        const text = `GET ${host.graphql}?query=%7Bme%7Bid%7D%7D HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
        const [answer] = await exchange(server.url, Buffer.from(text))
        expect([answer?.status, answer?.body]).toEqual([
          400,
          expect.stringContaining('no host of this name'),
        ])
      },
    )

    test(named('answers have the security headers and an id'), async () => {
      const { headers } = await post(JSON.stringify({ query: me }))
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
      expect(headers.get('vary')).toContain('Cookie')
    })

    // Compressing what the page loads takes a second or more, for each application.
    test.runIf(host.graphql.startsWith('/shop') || host.graphql.startsWith('/hono'))(
      named('the page of GraphiQL and what it loads come from the mount'),
      async () => {
        const page = await fetch(endpoint, { headers: { accept: 'text/html' } })
        expect(page.status).toBe(200)
        const text = await page.text()
        const [, styles] = /href="(\?graphiql=[\w.]+)"/.exec(text) ?? []
        const asset = await fetch(new URL(styles ?? '', endpoint))
        expect([asset.status, asset.headers.get('content-type')]).toEqual([
          200,
          'text/css; charset=utf-8',
        ])
        await asset.arrayBuffer()
      },
    )

    test(
      named("the staff's pages are beside the API, and read what their forms post"),
      async () => {
        const pages = endpoint.replace(/graphql$/, 'admin')
        const page = await fetch(`${pages}?page=sign-in`)
        expect([page.status, page.headers.get('content-type')]).toEqual([
          200,
          'text/html; charset=utf-8',
        ])
        expect(await page.text()).toContain('Staff sign-in')
        const body = new URLSearchParams({ username: 'nobody', password: 'wrong' })
        const refused = await fetch(`${pages}?page=sign-in`, { method: 'POST', body })
        expect([refused.status, await refused.text()]).toEqual([
          200,
          expect.stringContaining(
            'The username or the password is wrong, or the user is not staff.',
          ),
        ])
      },
    )

    test(named('a path below the mount is not ours'), async () => {
      const answer = await fetch(`${endpoint}/nope?query=${encodeURIComponent(me)}`)
      expect(answer.status).toBe(404)
    })

    test(
      named('a stream gets the change of another tab, and ends when the visitor leaves'),
      async () => {
        const someone = await signedIn()
        const events = await openEvents(endpoint, someone.cookie)
        await someone.data(addItem)
        expect(await events.next()).toMatchObject({ __typename: 'SessionChanged' })
        await someone.data(logout)
        expect(await events.next()).toEqual({ __typename: 'SessionEnded', reason: 'LOGOUT' })
        expect(await events.next()).toBeNull()
      },
    )

    const setsHeaders = host.name.startsWith('Express, before')
    test.runIf(setsHeaders)(named('what the host has set on the response stays'), async () => {
      const someone = visitor()
      const { setCookie, headers } = await someone.send(addItem)
      expect(setCookie).toContain(hostsOwn.cookie)
      expect(setCookie.filter((line) => line.startsWith('sessionid='))).toHaveLength(1)
      expect(headers.get('vary')).toContain(hostsOwn.vary)
      expect(headers.get('vary')).toContain('Cookie')
    })

    // Last: it closes what the others ask.
    test(named('a closed application breaks its streams off and answers 503'), async () => {
      const someone = await signedIn()
      const events = await openEvents(endpoint, someone.cookie)
      await opened.coat.close()
      await expect(events.next()).rejects.toThrow()
      expect(await opened.coat.isReady()).toBe(false)
      if (!host.hasRoutes) return
      const answer = await post(JSON.stringify({ query: me }))
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    })
  })
}
