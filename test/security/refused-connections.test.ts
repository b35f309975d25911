import { subscribe } from 'node:diagnostics_channel'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { readAnswers } from './hostile/exchange.ts'

/** The server's ends of its connections, in this process, by the port of the other end. */
const held = new Set<number>()
const seen = new Set<number>()
subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket }
  const port = socket.remotePort ?? 0
  seen.add(port)
  held.add(port)
  socket.once('close', () => held.delete(port))
})

let server: TestServer
beforeAll(async () => {
  server = await startServer({ HTTP_HEADERS_TIMEOUT: '1', HTTP_REQUEST_TIMEOUT: '2' })
})
afterAll(() => server.stop())

const head = 'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
const chunked = `${head}transfer-encoding: chunked\r\n\r\n`
const piece = `10000\r\n${' '.repeat(65_536)}\r\n`
const long = `${head}content-length: 900000000\r\n\r\n`

/** What is refused, by what is sent first and then again and again. */
const refusals: [status: number, what: string, first: string, rest: string][] = [
  [400, 'no HTTP at all', 'nonsense\r\n\r\n', 'nonsense\r\n\r\n'],
  [400, 'a broken chunk', `${chunked}nonsense\r\n`, piece],
  [400, 'two hosts', `${head}host: y\r\ncontent-length: 900000000\r\n\r\n`, ' '.repeat(1000)],
  [403, 'an origin', `${head}origin: http://evil.example\r\ncontent-length: 9\r\n\r\n`, ''],
  [404, 'a path', `POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 900000000\r\n\r\n`, 'abc'],
  [408, 'slow headers', head, 'a'],
  [408, 'a slow body', `${head}content-length: 90000\r\n\r\n`, ' '],
  [413, 'a large body', long, ' '.repeat(1000)],
  [413, 'a large body in chunks', `${chunked}${piece}${piece}`, piece],
  [415, 'a media type', `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 90\r\n\r\n`, ' '],
  [417, 'an expectation', `${head}expect: more\r\ncontent-length: 90\r\n\r\n`, ' '],
  [431, 'large headers', `${head}x-a: ${'a'.repeat(20_000)}`, 'a'],
]

const portOf = new WeakMap<Socket, number>()

/** A client's end, which never closes by itself. */
async function open(): Promise<Socket> {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  socket.on('error', () => {}) // a reset: the server has cut it
  await new Promise((done) => socket.once('connect', done))
  portOf.set(socket, socket.localPort ?? 0)
  return socket
}

const clients: [what: string, isReading: boolean, isSending: boolean][] = [
  ['sends on and reads nothing', false, true],
  ['neither reads nor sends', false, false],
  ['reads, and never closes', true, false],
]

describe.concurrent('a refused client', { tags: ['K17'] }, () => {
  test.each(clients)(
    'the server cuts a refused client off within seconds where it %s',
    async (_what, isReading, isSending) => {
      const sockets = await Promise.all(
        refusals.flatMap(([, , first, rest]) =>
          Array.from({ length: 2 }, async () => {
            const socket = await open()
            if (isReading) socket.resume()
            socket.write(first)
            if (isSending) sendOn(socket, rest)
            return socket
          }),
        ),
      )
      await expectCut(sockets)
    },
  )

  test.each(refusals)(
    'a refused client that reads after it has sent gets %i for %s',
    async (status, _what, first, rest) => {
      const socket = await open()
      socket.write(first)
      sendOn(socket, rest)
      // The answer waits meanwhile: a reset would throw it away.
      await new Promise((done) => setTimeout(done, 500))
      const [answer, ...more] = readAnswers(await readToEnd(socket))
      expect([answer?.status, more]).toEqual([status, []])
      expect(new Map(answer?.headers).get('connection')).toBe('close')
    },
  )

  test('a refused client gets the answer to the request before the nonsense that it sends without end', async () => {
    const body = JSON.stringify({ query: '{ me { id } }' })
    const socket = await open()
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}nonsense\r\n\r\n`)
    sendOn(socket, 'nonsense\r\n\r\n')
    const answers = readAnswers(await readToEnd(socket))
    expect(answers.map(({ status }) => status)).toEqual([200])
    await expectCut([socket])
  })
})

/** Writes `rest` again and again, as long as the connection takes it. */
function sendOn(socket: Socket, rest: string): void {
  if (rest === '') return
  const timer = setInterval(() => socket.writable && socket.write(rest), 20)
  socket.once('close', () => clearInterval(timer))
}

async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (!socket.closed) await new Promise((done) => socket.once('end', done).once('close', done))
  return Buffer.concat(chunks)
}

/** Until the server, which has taken these connections, holds none of its ends. */
async function expectCut(sockets: Socket[]): Promise<void> {
  const ports = sockets.map((socket) => portOf.get(socket) ?? 0)
  const isOver = (port: number) => seen.has(port) && !held.has(port)
  await vi.waitFor(() => expect(ports.filter((port) => !isOver(port))).toEqual([]), 20_000)
  for (const socket of sockets) socket.destroy()
}
