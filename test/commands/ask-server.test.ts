import { createServer as createHttpServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { askServer } from '../../src/commands/ask-server.ts'

async function ask(program: Server) {
  await new Promise<void>((done) => program.listen(0, '127.0.0.1', done))
  onTestFinished(() => void program.close())
  return askServer('127.0.0.1', (program.address() as AddressInfo).port)
}

const always =
  (answer: string): RequestListener =>
  (_request, response) =>
    response.end(answer)

test.each<[string, Server]>([
  ['says that it is ready', createHttpServer(always('{"status":"ready"}'))],
  ['answers with a page', createHttpServer(always('<!doctype html><title>Welcome</title>'))],
  ['sends more than any answer of ours', createHttpServer(always('null'.padEnd(3_000_000)))],
  ['speaks no HTTP', createTcpServer((socket) => socket.end('SSH-2.0-none\r\n'))],
])(
  'status takes no other program on the port for our server, where that %s',
  async (_what, program) => {
    expect(await ask(program)).toMatchObject({
      isReady: false,
      says: 'another program answers there',
    })
  },
)

test('status says what our server lacks while it is not ready', async () => {
  const program = createHttpServer(({ url }, response) => {
    if (url === '/') return response.end('{"name":"coatcheck","graphql":"/graphql"}')
    response.writeHead(503).end('{"status":"unavailable","failed":["database"]}')
  })
  expect(await ask(program)).toMatchObject({
    isReady: false,
    says: '{"status":"unavailable","failed":["database"]}',
  })
})
