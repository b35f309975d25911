import { setHeader } from './exchange.ts'
import type { Exchange } from './exchange.ts'

/**
 * Does the visitor's browser trust its connection, by HTTPS or within the same machine? A trusted proxy says so. Otherwise
 * the browser shows it: it sends Fetch Metadata only over such a connection (W3C Fetch Metadata, section 2). False for a
 * browser that sends none.
 */
export function isTrustworthy({ scheme, request }: Pick<Exchange, 'scheme' | 'request'>): boolean {
  return scheme === 'https' || request.headers['sec-fetch-site'] !== undefined
}

/**
 * Keeps the windows of other sites apart from this page. Over other connections browsers ignore the header, and log an error
 * on the console.
 */
export function isolate(exchange: Exchange): void {
  if (isTrustworthy(exchange)) setHeader(exchange, 'Cross-Origin-Opener-Policy', 'same-origin')
}
