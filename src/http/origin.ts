import type { IncomingHttpHeaders } from 'node:http'
import type { Scheme } from './client.ts'
import { hostOf } from './host.ts'

/** May this request use the cookie? `cors` is the other origin that the answer must name, if any. */
export interface OriginVerdict {
  readonly isAllowed: boolean
  readonly cors: string | null
}

const refused: OriginVerdict = { isAllowed: false, cors: null }
const sameOrigin: OriginVerdict = { isAllowed: true, cors: null }

/**
 * One verdict for CORS, CSRF and the cookie. It allows the same origin, an origin of `allowed`, and clients that are no
 * browsers. Browsers send `Sec-Fetch-Site`, which no page can forge (Fetch Metadata); older ones send `Origin`, which must be
 * ours. `scheme` is that of the visitor's connection; where it is null, the origin may have any.
 */
export function judgeOrigin(
  headers: IncomingHttpHeaders,
  { allowed, scheme }: { readonly allowed: readonly string[]; readonly scheme: Scheme | null },
): OriginVerdict {
  const { origin } = headers
  const site = headers['sec-fetch-site']
  if (origin !== undefined && allowed.includes(origin)) return { isAllowed: true, cors: origin }
  if (site === 'same-origin') return sameOrigin
  if (site !== undefined && site !== 'none') return refused
  return origin === undefined || isOurs(origin, hostOf(headers), scheme) ? sameOrigin : refused
}

/** Is it exactly the origin of a page from this server? Not `null`, not two origins, not one with a path. */
function isOurs(origin: string, host: string | undefined, scheme: Scheme | null): boolean {
  try {
    const { protocol } = new URL(origin)
    return (
      ['http:', 'https:'].includes(protocol) &&
      new URL(`${scheme ?? protocol.slice(0, -1)}://${host}`).origin === origin
    )
  } catch {
    return false // TypeError: no URL at all
  }
}
