import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { App } from './app.ts'

/** A server that listens. */
export interface RunningServer {
  /** Where, such as http://127.0.0.1:4000. */
  readonly url: string
  /** Takes no new connections, finishes what is under way, and lets go of everything. After `patience` ms it waits no longer. */
  stop(patience?: number): Promise<void>
}

/**
 * Milliseconds. A proxy keeps idle connections for a minute, as a rule: one that this side closed first would be used
 * once more, and reset.
 */
const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000 }

/** Serves the application. Rejects where the address cannot be had. Port 0 picks a free one. */
export async function serve(
  app: App,
  { host, port }: { host: string; port: number },
): Promise<RunningServer> {
  let isStopping = false
  const server = createServer(timeouts, (request, response) => {
    response.setHeader('X-Content-Type-Options', 'nosniff')
    if (isStopping) response.setHeader('Connection', 'close')
    // An answer that had begun before, such as a stream, leaves its connection open.
    response.once('close', () => {
      if (isStopping) setImmediate(() => server.closeIdleConnections())
    })
    void route(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return { url: urlOf(server.address() as AddressInfo), stop }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0]
    if (path === '/graphql') app.graphql(request, response)
    else if (path === '/health') answer(response, 200, { status: 'ok' })
    else if (path === '/ready') {
      const isReady = !isStopping && (await app.isReady())
      answer(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'unavailable' })
    } else if (path === '/') answer(response, 200, { name: 'coatcheck', graphql: '/graphql' })
    else answer(response, 404, { error: 'There is nothing here. The API is at /graphql.' })
  }

  async function stop(patience = 10_000): Promise<void> {
    isStopping = true
    app.events.close()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const deadline = setTimeout(() => server.closeAllConnections(), patience)
    await closed
    clearTimeout(deadline)
    await app.close()
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
  })
  response.end(JSON.stringify(body))
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
