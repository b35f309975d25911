import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostFacts } from '../../src/index.ts'
import { openCoat } from './open-coat.ts'
import type { OpenCoat } from './open-coat.ts'

const settings = { DATA_UPLOAD_MAX_MEMORY_SIZE: '1024', HTTP_REQUEST_TIMEOUT: '1' }
const query = '{ me { username } }'

/** How the next request is handed over: what the host says that the body is, after it has read it. */
let facts: HostFacts | null = null
let opened: OpenCoat
let server: Server
let url: string
beforeAll(async () => {
  opened = await openCoat({ ...settings, HTTP_HEADERS_TIMEOUT: '1' })
  server = createServer((request, response) => {
    if (facts === null) return opened.coat.graphql(request, response)
    const said = facts
    request.resume().once('end', () => opened.coat.graphql(request, response, said))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
  await opened.remove()
})

/** What comes of a body that the host has read, and left in this form; `sent` is what was on the wire. */
async function handOver(
  body: unknown,
  sent = JSON.stringify({ query }),
  type = 'application/json',
) {
  facts = { body }
  const headers = { 'content-type': type }
  const answer = await fetch(url, { method: 'POST', headers, body: sent })
  facts = null
  return { status: answer.status, body: await answer.json() }
}

const answered = { status: 200, body: { data: { me: null } } }

test('a body that the host has left as an object, as text or as bytes is answered', async () => {
  const text = JSON.stringify({ query })
  for (const body of [
    { query },
    text,
    `\ufeff${text}`,
    Buffer.from(text),
    new TextEncoder().encode(text),
  ])
    expect(await handOver(body)).toEqual(answered)
})

test('a body that the host has read is held to the limits of one that it has not', async () => {
  const long = 'x'.repeat(1024)
  const compressed = JSON.stringify({ query })
  for (const [body, sent, status] of [
    [{ query, long }, JSON.stringify({ query, long }), 413],
    [JSON.stringify({ query, long }), undefined, 413],
    [Buffer.from(JSON.stringify({ query, long })), undefined, 413],
    ['{', undefined, 400],
    [Buffer.from([0xff, 0xfe]), undefined, 400],
    [[1], undefined, 400],
    [null, undefined, 400],
    [42, undefined, 400],
  ] as const)
    expect([body, (await handOver(body, sent)).status]).toEqual([body, status])
  facts = { body: { query, long } }
  // What was compressed says nothing of the length of what came out.
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  const answer = await fetch(url, { method: 'POST', headers, body: compressed })
  facts = null
  expect(answer.status).toBe(413)
})

test('a body of another type is refused, even where the host has parsed it', async () => {
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])
    expect((await handOver({ query }, 'query=x', type)).status).toBe(415)
})

test('a body that the host has read and left nowhere is answered 500, and the log says why', async () => {
  const { status, body } = await handOver(undefined)
  expect(status).toBe(500)
  expect(body).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
  expect(opened.logs).toContainEqual(
    expect.objectContaining({ level: 50, msg: expect.stringContaining('not in request.body') }),
  )
})

test('a body that never arrives whole is answered 408 in a host too, and nothing of it is run', async () => {
  const body = new ReadableStream({
    start: (stream) => stream.enqueue(new TextEncoder().encode('{"query":')),
  })
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
  const answer = await fetch(url, init)
  expect(answer.status).toBe(408)
  expect(await answer.json()).toMatchObject({
    errors: [{ extensions: { limit: 'HTTP_REQUEST_TIMEOUT' } }],
  })
})

test('the address of a visitor is what Express trusts, where it trusts a proxy, and cannot be forged where it does not', async () => {
  const seen = async (trust: unknown, forwarded: string) => {
    const web = express()
    if (trust !== undefined) web.set('trust proxy', trust)
    web.get(
      '/',
      opened.coat.withSession((_request, response, { client }) => {
        response.end(String(client.ipAddress))
      }),
    )
    const host = createServer(web)
    await new Promise<void>((done) => host.listen(0, '127.0.0.1', done))
    const headers = { 'x-forwarded-for': forwarded }
    const answer = await fetch(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`, {
      headers,
    })
    const text = await answer.text()
    host.closeAllConnections()
    await new Promise((done) => host.close(done))
    return text
  }
  expect(await seen(undefined, '192.0.2.1')).toBe('127.0.0.1')
  expect(await seen(false, '192.0.2.1')).toBe('127.0.0.1')
  expect(await seen('loopback', '192.0.2.9, 192.0.2.1')).toBe('192.0.2.1')
  expect(await seen(1, 'forged, 192.0.2.1')).toBe('192.0.2.1')
  expect(await seen('10.0.0.0/8', '192.0.2.1')).toBe('127.0.0.1')
})
