import { createServer } from 'node:http'
import type { Logger } from 'pino'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerBrokenRequests } from './broken-requests.ts'
import { manageConnections } from './connections.ts'
import { createDrain } from './drain.ts'
import { schemeOf } from './client.ts'
import type { TrustedProxies } from './client.ts'
import { hasUnreadBody } from './body.ts'
import { beginTrace, traceOf } from './trace.ts'
import { logAnswer } from './request-log.ts'
import { securityHeaders } from './security-headers.ts'

/** What one connection may take, and all of them together. Times in seconds. */
export interface HttpLimits {
  readonly headerBytes: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly connections: number
  /** SHUTDOWN_DELAY: how long requests are still taken after the server was asked to stop. */
  readonly shutdownDelay: number
}

/** What a server serves. */
export interface Served {
  /** What answers below each path. */
  readonly handlers: Readonly<Record<string, RequestListener>>
  readonly log: Logger
  /** What `/ready` says; `isReady` false: 503. */
  readiness(): Promise<{ readonly isReady: boolean; readonly says: object }>
  /** Ends what would go on for ever: the streams. */
  endStreams(): void
  /** Lets go of everything, once all is answered. */
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
  /** Is not ready any more, ends the streams, drains within `patience` ms, and lets go of everything. */
  stop(patience?: number): Promise<void>
}

/** Serves the application. Rejects where the address cannot be had. Port 0 picks a free one. */
export async function serve(
  served: Served,
  { host, port, http, trustProxy, hstsSeconds }: ServerOptions,
): Promise<RunningServer> {
  const { log, handlers } = served
  const server = createBoundedServer(http)
  const connections = manageConnections(server, { most: http.connections, log })
  const drain = createDrain(server)
  answerBrokenRequests(server, connections, { headerBytes: http.headerBytes, log })
  server.on('request', (request, response) => {
    greet(request, response)
    void route(request, response)
  })
  server.on('checkExpectation', (request, response) => {
    greet(request, response)
    refuse(response, 417, 'Nothing is expected here but 100-continue.')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return { url: urlOf(server.address() as AddressInfo), stop }

  function greet(request: IncomingMessage, response: ServerResponse): void {
    const isHttps = schemeOf(request, trustProxy) === 'https'
    const hsts = isHttps && !isLoopback(request.headers.host) ? hstsSeconds : 0
    response.setHeaders(new Map(Object.entries(securityHeaders({ hsts }))))
    const trace = beginTrace(request, response, trustProxy)
    response.setHeader('X-Request-Id', trace.id)
    logAnswer(log, request, response, trace)
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!namesOneHost(request)) return refuse(response, 400, 'A request names one host.')
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const handler = handlers[path]
    if (handler) return handler(request, response)
    if (!['/', '/health', '/ready'].includes(path)) {
      return answer(response, 404, { error: 'There is nothing here. The API is at /graphql.' })
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      return answer(response, 405, { error: 'This can be read only.' })
    }
    if (path === '/health') return answer(response, 200, { status: 'ok' })
    if (path === '/') return answer(response, 200, { name: 'coatcheck', graphql: '/graphql' })
    if (drain.isUnderWay) return answer(response, 503, { status: 'stopping' })
    const { isReady, says } = await served.readiness()
    answer(response, isReady ? 200 : 503, says)
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
  // A reader who takes nothing of the answer is as silent as one who sends nothing.
  server.timeout = http.keepAliveTimeout * 1000
  return server
}

/** A browser that was told to reach `localhost` by HTTPS alone reaches nothing else there that is under development. */
function isLoopback(host = ''): boolean {
  return /^((?:[\w.-]+\.)?localhost\.?|127\.[\d.]+|\[::1\])(:\d+)?$/i.test(host)
}

/**
 * RFC 9112, section 3.2: one Host and no more, save from clients older than that. It becomes a part of URLs, and must not
 * say where in them it ends.
 */
function namesOneHost({ headersDistinct, httpVersion }: IncomingMessage): boolean {
  const [host, another] = headersDistinct['host'] ?? []
  if (host === undefined) return httpVersion === '1.0'
  const isHost = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(host)
  return isHost && URL.canParse(`http://${host}`) && another === undefined
}

/** What is wrong with the request itself, whatever it asks for; nobody reads the rest of it. */
function refuse(response: ServerResponse, status: number, message: string): void {
  response.setHeader('Connection', 'close')
  const code = 'BAD_USER_INPUT'
  Object.assign(traceOf(response) ?? {}, { code })
  answer(response, status, { errors: [{ message, extensions: { code } }] })
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (hasUnreadBody(response.req)) response.setHeader('Connection', 'close')
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
