import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/**
 * May a request name this host? As Django's ALLOWED_HOSTS has it: names without a port, `.example.com` for a
 * domain and all below it, `*` for any. None listed: any name, which is safe where a proxy in front passes on only its
 * own. `allowed` is in lower case, with IPv6 in brackets.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.length === 0 || allowed.includes('*')) return true
  const name = nameOf(host ?? '')
  return allowed.some((entry) =>
    entry.startsWith('.') ? name === entry.slice(1) || name.endsWith(entry) : name === entry,
  )
}

/** The host that a request names. HTTP/2 has it in a field of its own, and leaves `Host` out as a rule. */
export function hostOf(headers: IncomingHttpHeaders): string | undefined {
  return headers.host ?? (headers[':authority'] as string | undefined)
}

/** Without port and final dot. An IPv6 address has many spellings, of which a URL picks one. */
function nameOf(host: string): string {
  const name = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  return name.startsWith('[') && URL.canParse(`http://${name}`)
    ? new URL(`http://${name}`).hostname
    : name
}

/**
 * Tells whether a request names one Host and no more, as RFC 9112, section 3.2 asks of all clients but older ones. It
 * becomes a part of URLs, and must not say where in them it ends.
 */
export function createHostCheck(): (request: Asked) => boolean {
  /** The host of the last request, and the verdict: nearly always the next request names it again. */
  let known = ''
  let isKnownHost = false

  return ({ headers, rawHeaders, httpVersion }) => {
    const host = hostOf(headers)
    if (host === undefined) return httpVersion === '1.0'
    if (known !== host) {
      known = host
      isKnownHost = isHost(host)
    }
    return isKnownHost && isNamedOnce(headers, rawHeaders)
  }
}

type Asked = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'httpVersion'>

/** In HTTP/2 both fields may be there, and then they agree (RFC 9113, section 8.3.1). */
function isNamedOnce(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): boolean {
  const authority = headers[':authority']
  const count = countOf(rawHeaders)
  if (authority === undefined) return count === 1
  return count === 0 || (count === 1 && headers.host === authority)
}

/** How many Host headers there are: Node keeps only the first in `headers`. */
function countOf(rawHeaders: readonly string[]): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}

function isHost(host: string): boolean {
  return /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}`)
}
