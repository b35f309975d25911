import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { listenForScrapers } from '../../src/metrics/listener.ts'
import type { MetricsListener } from '../../src/metrics/listener.ts'

let listener: MetricsListener
const errors: unknown[] = []
const log = { error: (details: object) => void errors.push(details) }
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await listener.close()
})

async function listen(text: () => Promise<string>): Promise<void> {
  listener = await listenForScrapers({ host: null, serverHost: '127.0.0.1', port: 0, log, text })
}

/** A connection that has sent `text`. */
async function sent(text: string): Promise<Socket> {
  const socket = connect(Number(new URL(listener.url).port), '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

test('a scraper gets the text of Prometheus at /metrics, and nothing elsewhere', async () => {
  await listen(async () => 'up 1\n')
  const answer = await fetch(listener.url)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await answer.text()).toBe('up 1\n')
  const head = await fetch(listener.url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '5'])
  expect((await fetch(listener.url, { method: 'POST', body: 'x' })).status).toBe(405)
  expect((await fetch(new URL('/graphql', listener.url))).status).toBe(404)
})

test('metrics that cannot be read are answered 500, and the log says why', async () => {
  await listen(() => Promise.reject(new Error('broken')))
  expect((await fetch(listener.url)).status).toBe(500)
  expect(errors).toEqual([{ err: new Error('broken') }])
})

test('scrapes at one time share one reading of the metrics', async () => {
  let readings = 0
  let go = () => {}
  const released = new Promise<void>((resolve) => (go = resolve))
  await listen(async () => {
    readings++
    await released
    return 'up 1\n'
  })
  let arrived = 0
  const arrive = () => void arrived++
  subscribe('http.server.request.start', arrive)
  onTestFinished(() => void unsubscribe('http.server.request.start', arrive))
  const scrapes = Array.from({ length: 10 }, () => fetch(listener.url).then((one) => one.text()))
  // All ten have come before the first is answered.
  await expect.poll(() => arrived).toBe(10)
  go()
  expect(new Set(await Promise.all(scrapes))).toEqual(new Set(['up 1\n']))
  expect(readings).toBe(1)
})

test('the metrics listener cuts off a client that does not speak HTTP, and answers the next scraper', async () => {
  await listen(async () => 'up 1\n')
  const garbage = [
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET\r\n\r\n',
    `GET /metrics HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    'POST /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  ]
  for (const text of garbage) {
    const socket = await sent(text)
    socket.resume()
    await once(socket, 'close')
    expect(await (await fetch(listener.url)).text()).toBe('up 1\n')
  }
})

test.each([
  ['have been answered and stay open', 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['have sent half of their headers', 'GET /metrics HTTP/1.1\r\nHost:'],
  ['have sent nothing', ''],
])('forty connections that %s do not shut a scraper out', async (_how, text) => {
  await listen(async () => 'up 1\n')
  for (let count = 0; count < 40; count++) {
    const socket = await sent(text)
    if (text.endsWith('\n')) await once(socket, 'data')
  }
  expect(await (await fetch(listener.url)).text()).toBe('up 1\n')
  // Those that had been there longest have made room.
  await expect.poll(() => sockets.filter(({ closed }) => closed).length).toBe(9)
  expect(sockets.slice(0, 9).every(({ closed }) => closed)).toBe(true)
})

/** A scrape that is answered once it may `go` on. */
async function beginScrape() {
  let go = () => {}
  const released = new Promise<void>((resolve) => (go = resolve))
  let isAsked = false
  await listen(async () => {
    isAsked = true
    await released
    return 'up 1\n'
  })
  const scrape = fetch(listener.url).then((answer) => answer.text())
  await expect.poll(() => isAsked).toBe(true)
  return { scrape, go }
}

test('a scrape that is under way is answered, however many connections come meanwhile', async () => {
  const { scrape, go } = await beginScrape()
  for (let count = 0; count < 40; count++) await sent('GET /metr')
  go()
  expect(await scrape).toBe('up 1\n')
})

test('forty scrapers that read nothing of their answers do not shut another out', async () => {
  const long = 'x'.repeat(8_000_000)
  await listen(async () => long)
  for (let count = 0; count < 40; count++)
    (await sent('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')).pause()
  const { status } = await fetch(listener.url, { method: 'HEAD' })
  expect(status).toBe(200)
})

test('a connection that stays open behind a scrape is closed after twenty seconds', async () => {
  await listen(async () => 'up 1\n')
  const { headers } = await fetch(listener.url)
  expect(headers.get('keep-alive')).toBe('timeout=20')
})

test('a scraper that reads nothing of its answer does not keep the listener from closing', async () => {
  const long = 'x'.repeat(50_000_000)
  await listen(async () => long)
  const socket = await sent('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n')
  socket.pause()
  const idle = await sent('GET /metr')
  idle.pause()
  await listener.close()
  await expect(fetch(listener.url)).rejects.toThrow()
})

test('a scrape that is under way when the server stops is answered', async () => {
  const { scrape, go } = await beginScrape()
  const closing = listener.close()
  go()
  expect(await scrape).toBe('up 1\n')
  await closing
})
