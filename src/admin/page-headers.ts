import type { IncomingMessage } from 'node:http'

/**
 * What the pages say beside the headers that every answer has: their own files and forms, and nothing else. Forms need an
 * `Origin`, which browsers leave out under `no-referrer`.
 */
export const pageHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "base-uri 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'same-origin',
} as const

/**
 * Did a page of another site, or a message, lead here? What the address says was done may then never have been. Where a
 * browser does not say who leads, it is taken for one of ours.
 */
export function isLedByOthers({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { 'sec-fetch-site': site = 'same-origin' } = headers
  return site !== 'same-origin'
}

/** Does a browser follow a link to a whole page? It changes nothing, so the page that the link is on does not matter. */
export function isNavigation({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>) {
  if (method !== 'GET' && method !== 'HEAD') return false
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': dest = 'document' } = headers
  return mode === 'navigate' && dest === 'document' && headers.origin === undefined
}
