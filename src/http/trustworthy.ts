import { setHeader } from './exchange.ts'
import type { Exchange } from './exchange.ts'

/**
 * Does the visitor's browser trust the way that its request came, by HTTPS or within the same machine? A proxy of ours says
 * so. Where none does, the browser tells: it sends Fetch Metadata over such a way alone (W3C Fetch Metadata, section 2).
 * False for a browser that sends none.
 */
export function isTrustworthy({ scheme, request }: Pick<Exchange, 'scheme' | 'request'>): boolean {
  return scheme === 'https' || request.headers['sec-fetch-site'] !== undefined
}

/**
 * Keeps the windows of other sites apart from this page. Over a way that browsers do not trust they heed no such header, and
 * call it an error on the console.
 */
export function isolate(exchange: Exchange): void {
  if (isTrustworthy(exchange)) setHeader(exchange, 'Cross-Origin-Opener-Policy', 'same-origin')
}
