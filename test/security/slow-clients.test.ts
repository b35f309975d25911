import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
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
  ])(
    'a client that is slow %s gets 408 and the name of the limit, and is cut off',
    async (_what, limit, first, rest) => {
      const [answer, ...more] = await trickle(first, rest)
      expect([answer?.status, more]).toEqual([408, []])
      expect(new Map(answer?.headers).get('connection')).toBe('close')
      expect(JSON.parse(answer!.body)).toMatchObject({
        errors: [{ extensions: { code: 'BAD_USER_INPUT', limit } }],
      })
    },
  )

  test('the server cuts off a client that is slow to read its answer', async () => {
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

  test('two hundred slow clients hold up no other visitor', async () => {
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
  ])('a request with %s gets 431 and the name of the limit', async (_what, request) => {
    const [answer] = await exchange(server.url, Buffer.from(request))
    expect(answer?.status).toBe(431)
    expect(JSON.parse(answer!.body)).toMatchObject({
      errors: [{ extensions: { limit: 'HTTP_MAX_HEADER_SIZE' } }],
    })
  })

  test('a request head of fifteen kilobytes is accepted', async () => {
    const request = `GET /health HTTP/1.1\r\nhost: x\r\ncookie: a=${fill(15_000)}\r\n${end}`
    expect((await exchange(server.url, Buffer.from(request)))[0]?.status).toBe(200)
  })
})

describe('past HTTP_MAX_CONNECTIONS', { tags: ['K10'] }, () => {
  const request = 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n'
  /** What comes back first; nothing where the connection is closed instead. */
  const answered = (socket: Socket) =>
    new Promise<string>((done) => {
      if (socket.closed) return done('')
      socket.once('data', (chunk: Buffer) => done(chunk.toString())).once('close', () => done(''))
      socket.write(request)
    })
  const closed = (socket: Socket) =>
    socket.closed || new Promise((done) => socket.resume().once('close', () => done(true)))

  test('past HTTP_MAX_CONNECTIONS a newcomer is served, and the connection that was idle for longest is closed', async () => {
    const small = await startServer({ HTTP_MAX_CONNECTIONS: '5' })
    const silent = await open(small.url)
    const inside = await Promise.all(Array.from({ length: 4 }, () => open(small.url)))
    for (const socket of [...inside, inside[0]!])
      expect(await answered(socket)).toMatch(/^HTTP\/1\.1 200/)

    expect(await answered(await open(small.url))).toMatch(/^HTTP\/1\.1 200/)
    await closed(silent) // it has asked nothing, and came first
    expect(await answered(await open(small.url))).toMatch(/^HTTP\/1\.1 200/)
    await closed(inside[1]!)
    for (const at of [0, 2, 3]) expect(await answered(inside[at]!)).toMatch(/^HTTP\/1\.1 200/)
    expect(small.logs.filter(({ level }) => Number(level) >= 40)).toEqual([])
    await small.stop()
  })

  test('past HTTP_MAX_CONNECTIONS streams and requests keep their places, a newcomer is turned away, and the log says so once', async () => {
    const small = await startServer({ HTTP_MAX_CONNECTIONS: '4', HTTP_REQUEST_TIMEOUT: '60' })
    const visitor = small.visitor()
    await visitor.data('mutation { setSessionValue(key: "note", value: 1) { __typename } }')
    const stream = JSON.stringify({ query: 'subscription { sessionEvents { __typename } }' })
    const post = `${head}cookie: sessionid=${visitor.cookie}\r\n`
    const busy = await Promise.all(
      [
        `accept: text/event-stream\r\ncontent-length: ${stream.length}\r\n\r\n${stream}`,
        `accept: text/event-stream\r\ncontent-length: ${stream.length}\r\n\r\n${stream}`,
        'expect: 100-continue\r\ncontent-length: 24\r\n\r\n{"query":',
        'expect: 100-continue\r\ncontent-length: 24\r\n\r\n{"query":',
      ].map(async (rest) => {
        const socket = await open(small.url)
        socket.write(post + rest)
        await new Promise((done) => socket.once('data', done))
        return socket
      }),
    )
    const streaming = busy.slice(0, 2)
    for (let at = 0; at < 3; at++) expect(await answered(await open(small.url))).toBe('')
    const warnings = small.logs.filter(({ msg }) => String(msg).includes('HTTP_MAX_CONNECTIONS'))
    expect(warnings).toHaveLength(1)
    for (const socket of busy.slice(2)) {
      const answer = new Promise((done) => socket.once('data', done))
      socket.write('"{__typename}"}')
      expect(String(await answer)).toMatch(/^HTTP\/1\.1 200/)
    }
    // The two that were answered are idle from then on.
    expect(await answered(await open(small.url))).toMatch(/^HTTP\/1\.1 200/)
    expect(streaming.map((socket) => socket.closed)).toEqual([false, false])
    await small.stop()
  })
})
