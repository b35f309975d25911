import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { refuse, sendJson } from './answer.ts'
import { answerBrokenRequests } from './broken-requests.ts'
import type { TrustedProxies } from './client.ts'
import { manageConnections } from './connections.ts'
import { createDrain } from './drain.ts'
import { addHeader } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { createHostCheck } from './host.ts'
import { createIntake } from './intake.ts'
import type { Observed } from './intake.ts'
import { listenAt } from './listen.ts'

/** Limits of one connection, and of all together. Times are in seconds. */
export interface HttpLimits {
  readonly headerBytes: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly connections: number
  /** SHUTDOWN_DELAY: how long a stopping server still takes requests. */
  readonly shutdownDelay: number
}

/** Answers the requests of one path. Never throws: it answers failures too. */
export type Handler = (exchange: Exchange) => void

/** The handler of each path. `*` answers all other paths. */
export type Handlers = Readonly<Record<string, Handler>> & { readonly '*': Handler }

/** What a server serves, beside `/health` and `/ready`. */
export interface Served {
  readonly handlers: Handlers
  /** The answer of `/ready`, in which an operator can read what is missing. Where it rejects, the server is not ready. */
  readiness(): Promise<{ readonly isReady: boolean; readonly says: object }>
  /** Ends streams and the like, so that the server can finish the other requests and stop. */
  close(): void
}

/** Where and how to listen. */
export interface ServerOptions extends Observed {
  readonly host: string
  readonly port: number
  readonly http: HttpLimits
  readonly trustProxy: TrustedProxies
  /** SECURE_HSTS_SECONDS. */
  readonly hstsSeconds: number
  /**
   * Does another process on the same port replace this one when it stops? Then `/ready` does not show that it is stopping.
   */
  readonly isReplaced?: () => boolean
  /** Is the process gone that started this one? Then what is started next finds the port free, and no delay keeps it taken. */
  readonly isOrphaned?: () => boolean
}

/** A server that listens. */
export interface RunningServer {
  /** Its address, such as http://127.0.0.1:4000. */
  readonly url: string
  /** Stops being ready, ends the streams, and finishes the requests under way, within `patience` ms. */
  stop(patience?: number): Promise<void>
}

/** Serves `served`. Rejects where it cannot listen at the address. Port 0 picks a free one. */
export async function serve(served: Served, options: ServerOptions): Promise<RunningServer> {
  const { host, port, http, log } = options
  const { handlers } = served
  const server = createBoundedServer(http)
  const connections = manageConnections(server, { most: http.connections, log })
  const drain = createDrain(server)
  const intake = createIntake({
    ...options,
    paths: Object.keys(handlers),
    onOver({ request }) {
      connections.end(request.socket)
      drain.end()
    },
  })
  const namesOneHost = createHostCheck()
  const saysStopping = () => drain.isUnderWay && !options.isReplaced?.()
  const own: Readonly<Record<string, Handler>> = {
    '/health': forReading((exchange) => sendJson(exchange, 200, { status: 'ok' })),
    '/ready': forReading((exchange) => {
      if (saysStopping()) return sendJson(exchange, 503, { status: 'stopping' })
      served.readiness().then(
        ({ isReady, says }) => sendJson(exchange, isReady ? 200 : 503, says),
        (error: unknown) => {
          log.error({ err: error, requestId: exchange.id }, 'the readiness check failed')
          sendJson(exchange, 503, { status: 'unavailable' })
        },
      )
    }),
  }
  answerBrokenRequests(server, connections, { headerBytes: http.headerBytes, log })
  server.on('request', (request, response) => route(take(request, response)))
  server.on('checkExpectation', (request, response) =>
    refuseAndClose(take(request, response), 417, 'Nothing is expected here but 100-continue.'),
  )
  await listenAt(server, { host, port, settings: { host: 'HOST', port: 'PORT' } })
  return { url: urlOf(server.address() as AddressInfo), stop }

  /** Tells connections, drain and intake of this request, and of the end of its answer. */
  function take(request: IncomingMessage, response: ServerResponse): Exchange {
    const exchange = intake.take(request, response)
    connections.begin(request.socket, response)
    drain.begin(request.socket, response)
    return exchange
  }

  function route(exchange: Exchange): void {
    const { request, path } = exchange
    if (!namesOneHost(request)) return refuseAndClose(exchange, 400, 'A request names one host.')
    const handler = handlers[path] ?? own[path] ?? handlers['*']
    handler(exchange)
  }

  async function stop(patience = 10_000): Promise<void> {
    const delay = options.isOrphaned?.() ? 0 : http.shutdownDelay * 1000
    const drained = drain.run({ delay, patience })
    served.close()
    await drained
  }
}

/** Hands on GET and HEAD, and answers 405 to every other method. */
export function forReading(handle: Handler): Handler {
  return (exchange) => {
    const { method } = exchange.request
    if (method === 'GET' || method === 'HEAD') return handle(exchange)
    addHeader(exchange, 'Allow', 'GET, HEAD')
    refuse(exchange, 405, { message: 'Only GET and HEAD are answered here.' })
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
    requireHostHeader: false, // Node would answer by itself, without our headers
  })
  // Past a number Node silently drops headers, perhaps Origin; their bytes are bounded anyway.
  server.maxHeadersCount = 0
  // A client that does not read its answer times out like one that sends nothing.
  server.timeout = http.keepAliveTimeout * 1000
  return server
}

/** Refuses a malformed request, whatever it asks for, and reads no more from its connection. */
function refuseAndClose(exchange: Exchange, status: number, message: string): void {
  addHeader(exchange, 'Connection', 'close')
  refuse(exchange, status, { message })
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
