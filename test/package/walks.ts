import { expect } from 'vitest'
import { storeContract } from '../../src/testing/store-contract.ts'
import type { Running } from './documents.ts'
import { createVisitor } from './visitor.ts'

/** What a reader sees of a program that they have copied. */
type Walk = (running: Running) => Promise<void>

const register = `mutation ($username: String!) {
  register(input: { username: $username, password: "correct horse battery" }) { __typename }
}`
const login = `mutation ($username: String!, $password: String!) {
  login(input: { username: $username, password: $password }) { __typename }
}`
const registered = { register: { __typename: 'RegisterSuccess' } }

async function greets({ url }: Running, username: string): Promise<void> {
  const visitor = createVisitor(url)
  expect(await (await visitor.send('/')).text()).toBe('Hello, stranger\n')
  expect(await visitor.query(register, { username })).toEqual(registered)
  expect(await (await visitor.send('/')).text()).toBe(`Hello, ${username}\n`)
}

/** A module that others import does nothing by itself. */
async function isQuiet({ output, ended }: Running): Promise<void> {
  expect([await ended, output()]).toEqual([0, ''])
}

/** The pages of staff take the form of their sign-in, and refuse what it says. */
async function readsForms({ url }: Running): Promise<void> {
  const answer = await createVisitor(url).send('/admin?page=sign-in', {
    method: 'POST',
    body: new URLSearchParams({ do: 'sign-in', username: 'ada', password: 'a wrong guess' }),
  })
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('is wrong')])
}

/** A walk through each program of the guides, by its file. */
export const walks: Readonly<Record<string, Walk>> = {
  async 'server.mjs'(running) {
    await greets(running, 'ada')
    const admin = await createVisitor(running.url).send('/admin')
    expect([200, 302, 303]).toContain(admin.status)
  },
  async 'on-fastify.ts'(running) {
    await greets(running, 'ada')
    await readsForms(running)
  },
  async 'on-hono.ts'(running) {
    await greets(running, 'ada')
    await readsForms(running)
  },
  async 'middleware.ts'(running) {
    await greets(running, 'ada')
    const visitor = createVisitor(running.url)
    expect((await visitor.send('/account')).status).toBe(401)
    await visitor.query(register, { username: 'grace' })
    expect(await (await visitor.send('/account')).text()).toBe('Your account\n')
  },
  async 'on-yoga.ts'({ url }) {
    const visitor = createVisitor(url)
    await visitor.query(register, { username: 'ada' })
    const hello = await visitor.send('/shop', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ hello }' }),
    })
    expect(await hello.json()).toEqual({ data: { hello: 'Hello, ada' } })
  },

  async 'stopping.ts'({ url, stop, ended }) {
    const visitor = createVisitor(url)
    await visitor.query(register, { username: 'ada' })
    const stream = await visitor.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { sessionEvents { __typename } }' }),
    })
    expect(stream.status).toBe(200)
    await stop()
    expect(await ended).toBe(0)
    await stream.text().catch(() => undefined) // it is broken off
  },

  async 'basket.ts'({ url }) {
    const visitor = createVisitor(url)
    expect(await visitor.json('/')).toEqual([])
    for (const _of of [1, 2]) expect((await visitor.send('/', { method: 'POST' })).status).toBe(204)
    expect(await visitor.json('/')).toMatchObject([{ sku: 'hat' }, { sku: 'hat' }])
    const foreign = { method: 'POST', headers: { origin: 'https://elsewhere.example' } }
    expect((await visitor.send('/', foreign)).status).toBe(403)
  },

  async 'sign-in.ts'({ url }) {
    const visitor = createVisitor(url)
    const signIn = (password: string) =>
      visitor.send('/sign-in', {
        method: 'POST',
        body: new URLSearchParams({ username: 'ada', password }),
      })
    expect((await signIn('a wrong guess')).status).toBe(401)
    const answer = await signIn('correct horse battery')
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([303, 1])
    const asUser = (name?: string) =>
      createVisitor(url).send('/sso', {
        method: 'POST',
        ...(name !== undefined && { headers: { 'x-user': name } }),
      })
    expect((await asUser()).status).toBe(401)
    expect(await (await asUser('grace')).text()).toBe('Welcome, grace\n')
    expect((await visitor.send('/sign-out', { method: 'POST' })).status).toBe(303)
  },

  async 'with-settings.ts'({ url, output }) {
    expect(output()).toContain(`listening at ${url}`)
    expect((await fetch(`${url}/ready`)).status).toBe(200)
  },

  async 'back-office.ts'({ output, ended }) {
    expect([await ended, output()]).toEqual([
      0,
      expect.stringMatching(/^0 sessions ended\n\d+ events\n$/),
    ])
  },

  async 'shop.test.ts'({ output, ended }) {
    expect([await ended, output()]).toEqual([
      0,
      expect.stringContaining('{"data":{"me":{"username":"ada"}}}\n'),
    ])
  },

  async 'coatcheck.config.mjs'({ url }) {
    const visitor = createVisitor(url)
    expect(await visitor.query('{ motto }')).toEqual({ motto: 'Everything but the coat.' })
    await expect(visitor.query('{ preferences { theme } }')).rejects.toThrow('preferences')
  },

  async 'shop.ts'({ url }) {
    const visitor = createVisitor(url)
    const view = `mutation { viewProduct(sku: "hat") {
      ... on ViewProductSuccess { recentlyViewed } ... on Error { code message } } }`
    expect(await visitor.query(view)).toEqual({ viewProduct: { recentlyViewed: ['hat'] } })
    expect(await visitor.query('{ recentlyViewed }')).toEqual({ recentlyViewed: ['hat'] })
    expect(await visitor.json('/recent')).toEqual(['hat'])
  },

  async 'sold-out.ts'({ url }) {
    const visitor = createVisitor(url)
    const buy = `mutation ($sku: ID!) { buy(sku: $sku) {
      ... on BuySuccess { sku } ... on SoldOutError { code message backAt } } }`
    await expect(visitor.query(buy, { sku: 'hat' })).rejects.toThrow('UNAUTHENTICATED')
    await visitor.query(register, { username: 'ada' })
    expect(await visitor.query(buy, { sku: 'hat' })).toEqual({ buy: { sku: 'hat' } })
    expect(await visitor.query(buy, { sku: 'umbrella' })).toEqual({
      buy: {
        code: 'SOLD_OUT',
        message: 'There is none left.',
        backAt: '2027-01-01T00:00:00.000Z',
      },
    })
  },

  async 'orders.ts'({ url }) {
    const visitor = createVisitor(url)
    const post = (query: string, fields: Record<string, string>) =>
      visitor.send(`/admin${query}`, { method: 'POST', body: new URLSearchParams(fields) })
    const stranger = await visitor.send('/admin?page=orders')
    const to = stranger.headers.get('location') ?? ''
    expect([stranger.status, to]).toEqual([303, '?page=sign-in&next=page%3Dorders'])
    const credentials = { username: 'chief', password: 'correct horse battery' }
    const signedIn = await post(to, credentials)
    const kept = await visitor.send(`/admin${signedIn.headers.get('location')}`)
    expect([kept.status, kept.headers.get('location')]).toEqual([303, '?page=orders'])
    const page = await (await visitor.send('/admin?page=orders')).text()
    expect(page).toContain('aria-current="page">Orders</a>')
    expect(page).toContain('&lt;b>Grace&lt;/b>')
    const wrong = await post('?page=orders', { do: 'refund', order: 'all' })
    expect([wrong.status, await wrong.text()]).toEqual([200, expect.stringContaining('Digits')])
    expect((await post('?page=orders', { do: 'refund', order: '1' })).status).toBe(404)
    const done = await post('?page=orders', { do: 'refund', order: '1001' })
    const text = await (await visitor.send(`/admin${done.headers.get('location')}`)).text()
    expect(text).toContain('The order is refunded.')
    expect(text).toContain('Refunded by chief')
  },

  async 'listening.ts'({ url, output }) {
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    const input = '{ username: "ada", password: "correct horse battery"'
    const signIn = (call: string, agent: string) =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': agent },
        body: JSON.stringify({ query: `mutation { ${call} { __typename } }` }),
      }).then((answer) => answer.text())
    await signIn(`register(input: ${input}, email: "ada@shop.example" })`, 'curl/8.0')
    expect(await signIn(`login(input: ${input} })`, firefox)).toContain('LoginSuccess')
    await expect
      .poll(output)
      .toContain('To ada@shop.example: a sign-in by Firefox on Linux from 127.0.0.1.\n')
  },

  'my-engine.mjs': isQuiet,
  'with-my-engine.mjs': async ({ url }) => {
    const visitor = createVisitor(url)
    expect(await visitor.query(register, { username: 'ada' })).toEqual(registered)
    expect(await visitor.query('{ me { username } }')).toEqual({ me: { username: 'ada' } })
  },
  async 'my-engine.test.mjs'({ output, ended }) {
    expect([await ended, output()]).toEqual([
      0,
      expect.stringContaining(`${storeContract.length} passed`),
    ])
  },

  'directory.mjs': isQuiet,
  async 'company.mjs'({ url }) {
    const ada = { username: 'ada', password: 'the password of the directory' }
    const visitor = createVisitor(url)
    expect(await visitor.query(login, { ...ada, password: 'a wrong guess' })).toEqual({
      login: { __typename: 'InvalidCredentialsError' },
    })
    expect(await visitor.query(login, ada)).toEqual({ login: { __typename: 'LoginSuccess' } })
    expect(await visitor.query('{ me { username } }')).toEqual({ me: { username: 'Ada' } })
  },

  async 'office.ts'({ url }) {
    const password = 'correct horse battery'
    await createVisitor(url).query(register, { username: 'ada' })
    const from = async (headers: Record<string, string>) => {
      const answer = await createVisitor(url).send('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query: login, variables: { username: 'ada', password } }),
      })
      return answer.text()
    }
    expect(await from({})).toContain('InvalidCredentialsError')
    expect(await from({ 'x-network': 'office' })).toContain('LoginSuccess')
  },
}
