import type { IncomingHttpHeaders } from 'node:http'

/** May this request use the cookie? `cors` is the other origin that must be named in the answer, where there is one. */
export interface OriginVerdict {
  readonly isAllowed: boolean
  readonly cors: string | null
}

const refused: OriginVerdict = { isAllowed: false, cors: null }
const sameOrigin: OriginVerdict = { isAllowed: true, cors: null }

/**
 * One verdict for CORS, CSRF and the cookie: the same origin, or one of `allowed`, or no browser at all. Browsers send
 * `Sec-Fetch-Site`, which no page can forge (Fetch Metadata); older ones send `Origin`, whose host must be ours.
 */
export function judgeOrigin(
  headers: IncomingHttpHeaders,
  allowed: readonly string[],
): OriginVerdict {
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  if (origin !== undefined && allowed.includes(origin)) return { isAllowed: true, cors: origin }
  if (site === 'same-origin' || site === 'none') return sameOrigin
  if (site !== undefined) return refused
  if (origin === undefined) return sameOrigin
  return isHostOf(origin, host) ? sameOrigin : refused
}

function isHostOf(origin: string, host: string | undefined): boolean {
  try {
    return host !== undefined && new URL(origin).host === host.toLowerCase()
  } catch {
    return false // TypeError: `null`, or no origin at all
  }
}
