import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { pathOf } from '../http/exchange.ts'
import { listenAt } from '../http/listen.ts'
import { keepFew } from './few-connections.ts'
import { contentType } from './text.ts'

/** Where a scraper finds the metrics. */
export interface MetricsListenerOptions {
  /** The address in METRICS_PORT; null where that has a port alone. */
  readonly host: string | null
  /** HOST, which counts then. */
  readonly serverHost: string
  /** 0 picks a free one. */
  readonly port: number
  readonly log: Pick<Logger, 'error'>
  /** The text of a scrape. Scrapes at one time share one. */
  readonly text: () => Promise<string>
}

/** A listener that answers scrapers. */
export interface MetricsListener {
  /** Such as http://127.0.0.1:9464/metrics. */
  readonly url: string
  /** Answers what is under way, and closes. A scraper that reads nothing is waited for half a second. */
  close(): Promise<void>
}

/** Scrapers are few. More connections than this are an accident or an attack. */
const mostConnections = 32

/** How long a scraper may take to ask, and then to read, in milliseconds. */
const patience = 10_000

/** How long a connection stays open behind an answer, in milliseconds. A scraper that comes later opens another. */
const idleFor = 20_000

/** How long closing waits for scrapes that are under way, in milliseconds. */
const patienceAtEnd = 500

/** The listener of METRICS_PORT. Rejects where the address cannot be had. */
export async function listenForScrapers(options: MetricsListenerOptions): Promise<MetricsListener> {
  const { host, serverHost, port, log } = options
  const text = shared(() =>
    options.text().catch((error: unknown) => {
      log.error({ err: error }, 'the metrics could not be read')
      throw error
    }),
  )
  const server = createServer({
    maxHeaderSize: 8192,
    headersTimeout: patience,
    requestTimeout: patience,
    keepAliveTimeout: idleFor,
    connectionsCheckingInterval: 1000,
  })
  keepFew(server, mostConnections)
  server.on('clientError', (_error, socket) => socket.destroy())
  server.on('request', (request, response) => {
    response.setTimeout(patience, () => response.destroy())
    if (pathOf(request.url) === '/metrics') answerScrape(request, response, text)
    else response.writeHead(404, { 'Content-Length': 0, Connection: 'close' }).end()
  })
  const settings = { host: host === null ? 'HOST' : 'METRICS_PORT', port: 'METRICS_PORT' }
  await listenAt(server, { host: host ?? serverHost, port, settings })
  server.on('error', (error) => log.error({ err: error }, 'the listener of metrics failed'))
  const { address, family, port: given } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${given}/metrics`,

    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const timer = setTimeout(() => server.closeAllConnections(), patienceAtEnd)
      await closed
      clearTimeout(timer)
    },
  }
}

/** Answers one request with the metrics, whatever path a host serves them at: 405 for what only writes, 500 where they fail. */
export function answerScrape(
  { method }: Pick<IncomingMessage, 'method'>,
  response: ServerResponse,
  text: () => Promise<string>,
): void {
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0, Connection: 'close' })
    response.end()
    return
  }
  text().then(
    (content) => {
      const length = Buffer.byteLength(content)
      response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': length })
      response.end(method === 'HEAD' ? undefined : content)
    },
    () => response.writeHead(500, { 'Content-Length': 0 }).end(),
  )
}

/** Callers at one time share one answer. */
function shared(ask: () => Promise<string>): () => Promise<string> {
  let open: Promise<string> | null = null
  return () =>
    (open ??= ask().finally(() => {
      open = null
    }))
}
