import type { IncomingHttpHeaders } from 'node:http'
import type { Scheme } from './client.ts'
import { hostOf } from './host.ts'

/** May this request use the cookie? `cors` is the other origin that must be named in the answer, where there is one. */
export interface OriginVerdict {
  readonly isAllowed: boolean
  readonly cors: string | null
}

const refused: OriginVerdict = { isAllowed: false, cors: null }
const sameOrigin: OriginVerdict = { isAllowed: true, cors: null }

/**
 * One verdict for CORS, CSRF and the cookie: the same origin, or one of `allowed`, or no browser at all. Browsers send
 * `Sec-Fetch-Site`, which no page can forge (Fetch Metadata); older ones send `Origin`, which must be ours. `scheme` is
 * that of the visitor's connection; null where that is not known, and then the origin may have any.
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

/** Exactly the origin of a page that was loaded from here: `null`, two origins, or one with a path are none. */
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
