import { connect, createServer } from 'node:http2'
import type { ClientHttp2Session, Http2Server, IncomingHttpHeaders } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCoat } from './open-coat.ts'
import type { OpenCoat } from './open-coat.ts'

let opened: OpenCoat
let server: Http2Server
let client: ClientHttp2Session
let origin: string
beforeAll(async () => {
  opened = await openCoat({ ALLOWED_HOSTS: '127.0.0.1' })
  const { coat } = opened
  const route = coat.withSession(
    (_request: IncomingMessage, response: ServerResponse, { session }) => {
      session.set('values', { put: true })
      response.write('first ')
      response.end('second')
    },
  )
  server = createServer((request, response) => {
    const listener = request.url === '/graphql' ? coat.graphql : route
    // Node's own compatibility layer: what a host of HTTP/2 hands on.
    void listener(request as never, response as never)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = connect(origin)
})
afterAll(async () => {
  client.close()
  await new Promise((done) => server.close(done))
  await opened.remove()
})

function ask(
  headers: Record<string, string>,
  body: string | null = null,
): Promise<[number, number, string]> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers)
    let head: IncomingHttpHeaders = {}
    let text = ''
    stream
      .on('response', (given) => (head = given))
      .on('data', (chunk) => (text += String(chunk)))
      .on('end', () => resolve([Number(head[':status']), head['set-cookie']?.length ?? 0, text]))
      .on('error', reject)
    if (body === null) stream.end()
    else stream.end(body)
  })
}

test(
  'over HTTP/2, which names the host in a field of its own, routes and mounts judge hosts and origins as over HTTP/1',
  { tags: ['F12'] },
  async () => {
    const post = { ':path': '/', ':method': 'POST' }
    expect(await ask({ ':path': '/' })).toEqual([200, 1, 'first second'])
    expect(await ask({ ...post, origin }, 'x')).toEqual([200, 1, 'first second'])
    expect((await ask({ ...post, origin: 'http://evil.example' }, 'x')).slice(0, 2)).toEqual([
      403, 0,
    ])
    expect((await ask({ ...post, ':authority': 'evil.example' })).slice(0, 2)).toEqual([400, 0])
    const query = { ':path': '/graphql', ':method': 'POST', 'content-type': 'application/json' }
    const body = '{ "query": "{ me { id } }" }'
    expect(await ask({ ...query, origin }, body)).toEqual([200, 0, '{"data":{"me":null}}'])
    expect((await ask({ ...query, ':authority': 'evil.example' }, body))[0]).toBe(400)
    expect((await ask({ ...query, host: 'evil.example' }, body))[0]).toBe(400)
  },
)
