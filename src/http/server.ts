import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { refuse, sendJson } from './answer.ts'
import { answerBrokenRequests } from './broken-requests.ts'
import type { TrustedProxies } from './client.ts'
import { manageConnections } from './connections.ts'
import { createDrain } from './drain.ts'
import { addHeader, createExchanges } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { createHostCheck } from './host.ts'
import { logAnswer } from './request-log.ts'
import { createProxyHint } from './untrusted-proxy.ts'

/** Limits of one connection, and of all of them together. Times in seconds. */
export interface HttpLimits {
  readonly headerBytes: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly connections: number
  /** SHUTDOWN_DELAY: how long the server still takes requests after it was asked to stop. */
  readonly shutdownDelay: number
}

/** Answers the requests of one path. Never throws: what fails is answered. */
export type Handler = (exchange: Exchange) => void

/** What a server serves. */
export interface Served {
  /** What answers each path. */
  readonly handlers: Readonly<Record<string, Handler>>
  readonly log: Logger
  /** Told of each request whose answer is over, and of its milliseconds. */
  readonly onAnswered?: (exchange: Exchange, milliseconds: number) => void
  /** What `/ready` says; `isReady` false: 503. */
  readiness(): Promise<{ readonly isReady: boolean; readonly says: object }>
  /** Does another process on the same port take the place of this one, once it stops? Then `/ready` does not tell that it is stopping. */
  isReplaced?(): boolean
  /** Ends what would go on for ever: the streams. */
  endStreams(): void
  /** Closes everything, once every request is answered. */
  close(): Promise<void>
}

/** Where to listen, and for whom. */
export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly http: HttpLimits
  readonly trustProxy: TrustedProxies
  /** SECURE_HSTS_SECONDS. */
  readonly hstsSeconds: number
}

/** A server that listens. */
export interface RunningServer {
  /** Where, such as http://127.0.0.1:4000. */
  readonly url: string
  /** Stops being ready, ends the streams, drains within `patience` ms, and closes everything. */
  stop(patience?: number): Promise<void>
}

/** Serves what is `served`. Rejects where the address cannot be had. Port 0 picks a free one. */
export async function serve(served: Served, options: ServerOptions): Promise<RunningServer> {
  const { host, port, http, trustProxy } = options
  const { log, handlers, onAnswered } = served
  const server = createBoundedServer(http)
  const connections = manageConnections(server, { most: http.connections, log })
  const drain = createDrain(server)
  const openExchange = createExchanges(options)
  const namesOneHost = createHostCheck()
  const hintAtProxy = createProxyHint(trustProxy !== 0, (message) => log.warn(message))
  answerBrokenRequests(server, connections, { headerBytes: http.headerBytes, log })
  server.on('request', (request, response) => route(take(request, response)))
  server.on('checkExpectation', (request, response) =>
    refuseAndClose(take(request, response), 417, 'Nothing is expected here but 100-continue.'),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return { url: urlOf(server.address() as AddressInfo), stop }

  /** Tells all that watch over requests of this one, from here to the end of its answer. */
  function take(request: IncomingMessage, response: ServerResponse): Exchange {
    const exchange = openExchange(request, response)
    const { socket } = request
    const begun = performance.now()
    connections.begin(socket, response)
    drain.begin(socket, response)
    hintAtProxy(request)
    response.once('close', () => {
      connections.end(socket)
      drain.end()
      const milliseconds = performance.now() - begun
      logAnswer(log, exchange, milliseconds)
      onAnswered?.(exchange, milliseconds)
    })
    return exchange
  }

  function route(exchange: Exchange): void {
    const { request, path } = exchange
    if (!namesOneHost(request)) return refuseAndClose(exchange, 400, 'A request names one host.')
    const handler = handlers[path]
    if (handler) return handler(exchange)
    if (!['/', '/health', '/ready'].includes(path))
      return refuse(exchange, 404, { message: 'There is nothing here. The API is at /graphql.' })
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      addHeader(exchange, 'Allow', 'GET, HEAD')
      return refuse(exchange, 405, { message: 'This can be read only.' })
    }
    if (path === '/health') return sendJson(exchange, 200, { status: 'ok' })
    if (path === '/') return sendJson(exchange, 200, { name: 'coatcheck', graphql: '/graphql' })
    if (drain.isUnderWay && !served.isReplaced?.())
      return sendJson(exchange, 503, { status: 'stopping' })
    void served
      .readiness()
      .then(({ isReady, says }) => sendJson(exchange, isReady ? 200 : 503, says))
  }

  async function stop(patience = 10_000): Promise<void> {
    const drained = drain.run({ delay: http.shutdownDelay * 1000, patience })
    served.endStreams()
    await drained
    await served.close()
  }
}

/** An HTTP server with time-outs. */
function createBoundedServer(http: HttpLimits): Server {
  const server = createServer({
    maxHeaderSize: http.headerBytes,
    headersTimeout: http.headersTimeout * 1000,
    requestTimeout: http.requestTimeout * 1000,
    keepAliveTimeout: http.keepAliveTimeout * 1000,
    connectionsCheckingInterval: 500,
    requireHostHeader: false, // Node would answer by itself, with none of our headers
  })
  // Past a number Node drops headers unseen, an Origin among them; their bytes are bounded anyway.
  server.maxHeadersCount = 0
  // A client that reads nothing of the answer counts as silent, like one that sends nothing.
  server.timeout = http.keepAliveTimeout * 1000
  return server
}

/** Refuses a request that is malformed, whatever it asks for. The server reads no more of its connection. */
function refuseAndClose(exchange: Exchange, status: number, message: string): void {
  addHeader(exchange, 'Connection', 'close')
  refuse(exchange, status, { message })
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
