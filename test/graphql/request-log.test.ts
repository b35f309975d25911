import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { addMoreFields } from './more-fields.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer(
    {
      TRUST_PROXY: '1',
      ALLOWED_HOSTS: '127.0.0.1,shop.example',
      ALLOWED_ORIGINS: 'https://shop.example',
    },
    { types: addMoreFields },
  )
})
afterAll(() => server.stop())

interface Asked {
  readonly status: number
  readonly id: string
  readonly body: string
}

/** Posts `body` with any headers, Host among them. */
function post(
  to: TestServer,
  body: string,
  headers: Record<string, string> = {},
  path = '/graphql',
): Promise<Asked> {
  return new Promise((done, fail) => {
    const options = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }
    const sending = request(to.url + path, options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => {
        const id = String(response.headers['x-request-id'])
        done({ status: response.statusCode ?? 0, id, body: text })
      })
    })
    sending.once('error', fail)
    sending.end(body)
  })
}

const ask = (query: string, headers: Record<string, string> = {}, to = server) =>
  post(to, JSON.stringify({ query }), headers)

/** The lines of the request with this id, once there is one of its end. */
async function linesOf(id: string, of = server) {
  const found = () => of.logs.filter(({ requestId }) => requestId === id)
  await expect.poll(() => found().some(({ msg }) => msg === 'request')).toBe(true)
  return found()
}

describe('each request leaves one line', { tags: ['K18'] }, () => {
  test.each([
    ['query Reading { me { id } }', 200, 'Reading', 'ok'],
    ['{ me { id } }', 200, null, 'ok'],
    ['{ nothing }', 200, null, 'BAD_USER_INPUT'],
    ['{ sessions(first: 1) { totalCount } }', 200, null, 'UNAUTHENTICATED'],
    ['mutation Failing { failAfterWriting }', 200, 'Failing', 'INTERNAL_SERVER_ERROR'],
    [`query ${'a'.repeat(41)} { me { id } }`, 200, null, 'ok'],
  ])(
    'the log line of %s has status %i, operation %s and code %s',
    async (query, status, operation, code) => {
      const { id } = await ask(query)
      const line = (await linesOf(id)).find(({ msg }) => msg === 'request')
      expect(line).toMatchObject({ level: 30, path: '/graphql', method: 'POST', operation, code })
      expect(line).toMatchObject({ status, ms: expect.any(Number) })
      expect(JSON.stringify(line)).not.toMatch(/nothing|totalCount|failAfter/)
    },
  )

  test('an error that is not the caller’s has the id of the request in answer, log and header', async () => {
    const { id, body } = await ask('mutation { failAfterWriting }')
    expect(JSON.parse(body).errors[0].extensions).toMatchObject({ requestId: id })
    const messages = (await linesOf(id)).map(({ msg }) => msg)
    expect(messages.sort()).toEqual(['request', 'unexpected error'])
  })

  test('the log line of a login has neither name nor password, and leaves out a path that the caller made up', async () => {
    const username = 'wilhelmina' // not of hexadecimal digits, which the id of a request may spell
    await createUser(server.app.db, server.app.passwords, { username, password })
    const variables = { username, password }
    const { id } = await post(server, JSON.stringify({ query: loginDocument, variables }))
    const nowhere = await post(server, '', {}, '/secret-of-the-caller')
    const lines = JSON.stringify([await linesOf(id), await linesOf(nowhere.id)])
    for (const secret of [username, password, 'secret-of-the-caller'])
      expect(lines).not.toContain(secret)
  })

  test.each([
    [403, 'FORBIDDEN', { origin: 'https://evil.example' }],
    [400, 'BAD_USER_INPUT', { host: 'evil.example' }],
    [415, 'BAD_USER_INPUT', { 'content-type': 'text/plain' }],
    [417, 'BAD_USER_INPUT', { expect: 'more' }],
  ])(
    'a request that is refused with %i %s before it runs has its line too',
    async (status, code, headers) => {
      const { id, ...answer } = await ask('{ me { id } }', headers)
      expect(answer.status).toBe(status)
      expect((await linesOf(id)).at(-1)).toMatchObject({ status, code, operation: null })
    },
  )

  test.each([
    [404, '/nothing', 'There is nothing here. The API is at /graphql.'],
    [405, '/', 'Only GET and HEAD are answered here.'],
  ])(
    'the %i of POST %s is a GraphQL error whose code is in the log',
    async (status, path, message) => {
      const answer = await post(server, '', {}, path)
      expect(answer.status).toBe(status)
      const errors = [{ message, extensions: { code: 'BAD_USER_INPUT' } }]
      expect(JSON.parse(answer.body)).toEqual({ errors })
      expect((await linesOf(answer.id)).at(-1)).toMatchObject({ status, code: 'BAD_USER_INPUT' })
    },
  )

  test('a message that is no HTTP request has an id in its answer and its line', async () => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname, () => socket.write('nonsense\r\n\r\n'))
    const text = String(await new Promise((done) => socket.once('data', done)))
    socket.destroy()
    const id = /x-request-id: (\S+)/i.exec(text)?.[1]
    const line = server.logs.find(({ requestId }) => requestId === id)
    expect(line).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', msg: 'broken request' })
  })

  test('probes leave no line at the level info', async () => {
    const ids = await Promise.all(
      ['/health', '/ready'].map(async (path) => (await fetch(server.url + path)).headers),
    )
    await linesOf((await ask('{ me { id } }')).id)
    for (const headers of ids) {
      const id = headers.get('x-request-id')
      expect(id).toMatch(/^[\da-f-]{36}$/)
      expect(server.logs.filter(({ requestId }) => requestId === id)).toEqual([])
    }
  })
})

describe('the id of a request', { tags: ['K18'] }, () => {
  const given = '4bf92f3577b34da6a3ce929d0e0e4736'

  test('the id of a request is the one that a trusted proxy gave it', async () => {
    expect((await ask('{ me { id } }', { 'x-request-id': given })).id).toBe(given)
  })

  test.each([['a b'], ['"}{"level":60'], ['x'.repeat(65)], ['']])(
    'the server makes the id of a request where the proxy’s is %j',
    async (malformed) => {
      const { id } = await ask('{ me { id } }', { 'x-request-id': malformed })
      expect(id).toMatch(/^[\da-f-]{36}$/)
    },
  )

  test('the server makes the id of a request where it trusts no proxy', async () => {
    const alone = await startServer()
    const { id } = await ask('{ me { id } }', { 'x-request-id': given }, alone)
    expect(id).toMatch(/^[\da-f-]{36}$/)
    await alone.stop()
  })
})

describe('the operator is told', { tags: ['K18'] }, () => {
  const warnings = (of: TestServer, part: object) =>
    of.logs.filter((line) =>
      Object.entries(part).every(([name, value]) => line[name] === value && line['level'] === 40),
    )

  test('the log warns of a refused origin and a refused host once a minute each, with the setting', async () => {
    for (let at = 0; at < 3; at++) {
      await ask('{ me { id } }', { origin: 'https://app.example' })
      await ask('{ me { id } }', { host: 'www.shop.example' })
    }
    const origin = warnings(server, { origin: 'https://app.example' })
    expect(origin.map(({ msg }) => msg)).toEqual([expect.stringContaining('ALLOWED_ORIGINS')])
    const host = warnings(server, { host: 'www.shop.example' })
    expect(host.map(({ msg }) => msg)).toEqual([expect.stringContaining('ALLOWED_HOSTS')])
  })

  test('the log warns of ten refused origins a minute at most, and shows no secret of theirs', async () => {
    const flooded = await startServer()
    await ask('{ me { id } }', { origin: `https://x.example/${password}` }, flooded)
    for (let at = 0; at < 30; at++)
      await ask('{ me { id } }', { origin: `https://${at}.example` }, flooded)
    const lines = flooded.logs.filter(({ level }) => level === 40)
    expect(lines).toHaveLength(10)
    expect(JSON.stringify(flooded.logs)).not.toContain(password)
    await flooded.stop()
  })

  test('the log warns once where pages are loaded over HTTP and the cookie is Secure', async () => {
    const secure = await startServer({ SESSION_COOKIE_SECURE: 'true' })
    const secureOnes = { host: 'shop.example', origin: 'https://shop.example' }
    await ask('{ me { id } }', secureOnes, secure)
    expect(secure.logs.filter(({ level }) => level === 40)).toEqual([])
    for (const host of ['shop.example', 'localhost:1']) {
      const from = secure.logs.length
      for (let at = 0; at < 2; at++)
        await ask('{ me { id } }', { host, origin: `http://${host}` }, secure)
      const lines = secure.logs.slice(from).filter(({ level }) => level === 40)
      expect(lines.map(({ msg }) => msg)).toEqual([
        expect.stringContaining('SESSION_COOKIE_SECURE'),
      ])
    }
    await secure.stop()
  })
})

describe('/ready', { tags: ['K8'] }, () => {
  test('/ready names what failed, and the log says why, and when it is back', async () => {
    const broken = await startServer({ SESSION_STORE_TIMEOUT: '500' })
    const ready = async () => {
      const response = await fetch(`${broken.url}/ready`)
      return [response.status, await response.json()]
    }
    expect(await ready()).toEqual([200, { status: 'ready' }])
    const { statements } = broken.app.db
    const { first } = statements
    Object.assign(statements, { first: () => Promise.reject(new Error('planted')) })
    await expect.poll(ready).toEqual([503, { status: 'unavailable', failed: ['database'] }])
    for (let at = 0; at < 4; at++) await ready()
    const reasons = () => broken.logs.filter(({ err }) => JSON.stringify(err)?.includes('planted'))
    expect(reasons().length).toBeGreaterThan(0)
    Object.assign(statements, { first })
    await expect.poll(ready).toEqual([200, { status: 'ready' }])
    const back = broken.logs.filter(({ msg }) => String(msg).includes('is back'))
    expect(back).toHaveLength(1)
    await broken.stop()
  })
})
