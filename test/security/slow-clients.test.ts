import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { exchange, readAnswers } from './hostile/exchange.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({
    HTTP_HEADERS_TIMEOUT: '1',
    HTTP_REQUEST_TIMEOUT: '2',
    HTTP_KEEP_ALIVE_TIMEOUT: '2',
  })
})
afterAll(() => server.stop())

const sockets = new Set<Socket>()
afterAll(() => {
  for (const socket of sockets) socket.destroy()
})

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  sockets.add(socket)
  socket.on('error', () => {}) // a reset: it is closed next
  await new Promise((done) => socket.once('connect', done).once('close', done))
  return socket
}

/** Sends `first` and then a byte at a time, for ever; all that came back until it was closed. */
async function trickle(first: string, rest: string) {
  const socket = await open(server.url)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).write(first)
  const timer = setInterval(() => socket.write(rest), 100)
  await new Promise((done) => socket.once('close', done))
  clearInterval(timer)
  return readAnswers(Buffer.concat(chunks))
}

const head = 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
const fill = (size: number) => 'x'.repeat(size)

describe('a client that takes its time', { tags: ['K3'] }, () => {
  test.each([
    ['over the headers', 'HTTP_HEADERS_TIMEOUT', head, 'a'],
    ['over the body', 'HTTP_REQUEST_TIMEOUT', `${head}content-length: 90000\r\n\r\n`, ' '],
  ])('%s gets 408 and the name of the limit, and is cut', async (_what, limit, first, rest) => {
    const [answer, ...more] = await trickle(first, rest)
    expect([answer?.status, more]).toEqual([408, []])
    expect(new Map(answer?.headers).get('connection')).toBe('close')
    expect(JSON.parse(answer!.body)).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', limit } }],
    })
  })

  test('with reading what it asked for is cut too', async () => {
    const visitor = server.visitor()
    await visitor.data(
      'mutation ($value: JSON!) { setSessionValue(key: "note", value: $value) { __typename } }',
      { value: fill(60_000) },
    )
    const document = `{ ${Array.from({ length: 30 }, (_, at) => `a${at}: session { value(key: "note") }`).join(' ')} }`
    const body = JSON.stringify({ query: document })
    const request = `${head}cookie: sessionid=${visitor.cookie}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const asked = 20 // two megabytes each: more than the system holds for who does not read
    const socket = await open(server.url)
    socket.pause()
    socket.write(request.repeat(asked))
    await new Promise((done) => setTimeout(done, 5000))
    let received = 0
    socket.on('data', (chunk: Buffer) => (received += chunk.length))
    socket.resume()
    await new Promise((done) => socket.once('close', done))
    expect(received).toBeLessThan(asked * 30 * 60_000)
  })

  test('with two hundred others is no bother to anybody else', async () => {
    const many = await Promise.all(Array.from({ length: 200 }, () => open(server.url)))
    for (const socket of many) socket.write(head)
    for (let at = 0; at < 10; at++)
      expect((await server.visitor().send('{ __typename }')).status).toBe(200)
    await Promise.all(
      many.map(
        (socket) => socket.closed || new Promise((done) => socket.resume().once('close', done)),
      ),
    )
  })
})

describe('what stands before the body is bounded', { tags: ['K4'] }, () => {
  const end = 'connection: close\r\n\r\n'
  test.each([
    [
      'a cookie of twenty kilobytes',
      `GET /health HTTP/1.1\r\nhost: x\r\ncookie: a=${fill(20_000)}\r\n${end}`,
    ],
    [
      'a path of twenty kilobytes',
      `GET /graphql?query=${fill(20_000)} HTTP/1.1\r\nhost: x\r\n${end}`,
    ],
    [
      'two thousand headers',
      `GET /health HTTP/1.1\r\nhost: x\r\n${'x-a: 123456789\r\n'.repeat(2000)}${end}`,
    ],
  ])('%s: 431, and the name of the limit', async (_what, request) => {
    const [answer] = await exchange(server.url, Buffer.from(request))
    expect(answer?.status).toBe(431)
    expect(JSON.parse(answer!.body)).toMatchObject({
      errors: [{ extensions: { limit: 'HTTP_MAX_HEADER_SIZE' } }],
    })
  })

  test('fifteen kilobytes are fine', async () => {
    const request = `GET /health HTTP/1.1\r\nhost: x\r\ncookie: a=${fill(15_000)}\r\n${end}`
    expect((await exchange(server.url, Buffer.from(request)))[0]?.status).toBe(200)
  })
})

test(
  'past HTTP_MAX_CONNECTIONS nobody new is let in, who is in is served, and room is used again',
  { tags: ['K10'] },
  async () => {
    const small = await startServer({ HTTP_MAX_CONNECTIONS: '5' })
    const request = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'
    const inside = await Promise.all(Array.from({ length: 5 }, () => open(small.url)))
    const answered = (socket: Socket) =>
      new Promise<string>((done) => {
        socket.once('data', (chunk: Buffer) => done(chunk.toString())).once('close', () => done(''))
        socket.write(request)
      })
    for (const socket of inside) expect(await answered(socket)).toMatch(/^HTTP\/1\.1 200/)
    expect(await answered(await open(small.url))).toBe('')
    expect(await answered(await open(small.url))).toBe('')
    const warnings = small.logs.filter(({ msg }) => String(msg).includes('HTTP_MAX_CONNECTIONS'))
    expect(warnings).toHaveLength(1)
    expect(await answered(inside[0]!)).toMatch(/^HTTP\/1\.1 200/)
    for (const socket of inside) socket.destroy()
    const visitor = createVisitor(`${small.url}/graphql`, 'sessionid', null)
    await expect
      .poll(() =>
        visitor.send('{ __typename }').then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200)
    await small.stop()
  },
)
