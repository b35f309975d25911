import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** Answers what it is sent, with its name in front. */
async function startEcho(name: string) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => socket.write(`${name}:${String(chunk)}`))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

let echo: Awaited<ReturnType<typeof startEcho>>
let proxy: Proxy
const clients: Socket[] = []
beforeEach(async () => {
  echo = await startEcho('a')
  proxy = await openProxy(echo.port)
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await proxy.close()
  echo.stop()
})

function open(port = proxy.port): Socket {
  const client = connect(port, '127.0.0.1')
  client.on('error', () => {})
  clients.push(client)
  return client
}

/** However it closes. `once` would reject where it is broken off. */
const closeOf = (client: Socket) => new Promise((done) => client.once('close', done))

async function ask(client: Socket, text: string): Promise<string> {
  client.write(text)
  const [chunk] = (await once(client, 'data')) as [Buffer]
  return String(chunk)
}

test('a proxy passes on what both sides say', async () => {
  const client = open()
  expect(await ask(client, 'one')).toBe('a:one')
  expect(await ask(client, 'two')).toBe('a:two')
})

test('a proxy that is cut breaks its connections, refuses new ones, and takes them again once it heals', async () => {
  const client = open()
  await ask(client, 'one')
  const closed = closeOf(client)
  proxy.cut()
  await closed
  await closeOf(open())
  proxy.heal()
  expect(await ask(open(), 'two')).toBe('a:two')
})

test('a proxy that stalls keeps back what is said, and passes it on once it heals', async () => {
  const client = open()
  await ask(client, 'one')
  proxy.stall()
  let heard = ''
  client.on('data', (chunk) => (heard += String(chunk)))
  client.write('two')
  expect(await ask(open(echo.port), 'past')).toBe('a:past')
  expect(heard).toBe('')
  const data = once(client, 'data')
  proxy.heal()
  await data
  expect(heard).toBe('a:two')
})

test('a proxy that is slow passes everything on in order', async () => {
  proxy.delay(5)
  const client = open()
  let heard = ''
  client.on('data', (chunk) => (heard += String(chunk)))
  for (const word of ['1', '2', '3']) {
    client.write(word)
    await once(client, 'data')
  }
  expect(heard).toBe('a:1a:2a:3')
})

test('a proxy keeps the order of what it passes on where it becomes faster meanwhile', async () => {
  const client = open()
  let heard = await ask(client, '0')
  client.on('data', (chunk) => (heard += String(chunk)))
  proxy.delay(300)
  client.write('1')
  await new Promise((done) => setTimeout(done, 50))
  proxy.heal()
  client.write('2')
  await expect.poll(() => heard.replaceAll('a:', '')).toBe('012')
})

test('a proxy that leads elsewhere takes new connections there', async () => {
  const other = await startEcho('b')
  const before = open()
  await ask(before, 'one')
  proxy.lead(other.port)
  expect(await ask(before, 'two')).toBe('a:two')
  expect(await ask(open(), 'three')).toBe('b:three')
  other.stop()
})

test('a proxy that is cut for some connections lets the others pass', async () => {
  const choosy = await openProxy(echo.port, { only: /LISTEN/ })
  const [listening, asking] = [open(choosy.port), open(choosy.port)]
  await ask(listening, 'LISTEN')
  await ask(asking, 'SELECT')
  const closed = closeOf(listening)
  choosy.cut()
  await closed
  expect(await ask(asking, 'SELECT')).toBe('a:SELECT')
  const again = open(choosy.port)
  again.write('LISTEN')
  await closeOf(again)
  choosy.heal()
  expect(await ask(open(choosy.port), 'LISTEN')).toBe('a:LISTEN')
  await choosy.close()
})
