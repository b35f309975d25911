import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'

/** Which hosts a request may name. */
export interface HostRule {
  /** ALLOWED_HOSTS, in lower case, with IPv6 in brackets. */
  readonly allowed: readonly string[]
  /** Does an empty list allow any name, or only names of this machine? */
  readonly isOpen: boolean
}

/**
 * Tells whether a request may name a host, as Django's ALLOWED_HOSTS does: names without a port, `.example.com` for a domain
 * and its subdomains, `*` for any. With an empty list: any name where `isOpen`, which is safe behind a proxy that passes on
 * only its own names; otherwise `localhost` and its subdomains, addresses, and this machine's name. The owner of another site
 * can point a name at this machine (DNS rebinding), but none of these.
 */
export function createHostRule({ allowed, isOpen }: HostRule): (host?: string) => boolean {
  if (allowed.includes('*') || (allowed.length === 0 && isOpen)) return () => true
  const isListed = allowed.length === 0 ? isOfThisMachine() : isOneOf(allowed)
  const mayName = rememberLast((host) => isListed(nameOf(host)))
  return (host = '') => mayName(host)
}

/** Judges hosts, and keeps the last verdict: the next request nearly always names the same host. */
function rememberLast(judge: (host: string) => boolean): (host: string) => boolean {
  let known: string | null = null
  let verdict = false

  return (host) => {
    if (host !== known) {
      known = host
      verdict = judge(host)
    }
    return verdict
  }
}

function isOneOf(allowed: readonly string[]): (name: string) => boolean {
  return (name) =>
    allowed.some((entry) =>
      entry.startsWith('.') ? name === entry.slice(1) || name.endsWith(entry) : name === entry,
    )
}

function isOfThisMachine(): (name: string) => boolean {
  const own = hostname().toLowerCase()
  const isNamed = isOneOf(['.localhost', own, `${own}.local`])
  return (name) => isNamed(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

/** The host that a request names. HTTP/2 has it in `:authority`, usually without `Host`. */
export function hostOf(headers: IncomingHttpHeaders): string | undefined {
  return headers.host ?? (headers[':authority'] as string | undefined)
}

/** The name without port and final dot. `URL` gives an IPv6 address one spelling. */
function nameOf(host: string): string {
  const name = host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '')
  return name.startsWith('[') && URL.canParse(`http://${name}`)
    ? new URL(`http://${name}`).hostname
    : name
}

/**
 * Tells whether a request names exactly one Host, as RFC 9112, section 3.2 asks of all but HTTP/1.0 clients. The host goes
 * into URLs, so it must not contain characters that end it there.
 */
export function createHostCheck(): (request: RequestHead) => boolean {
  const isWellFormed = rememberLast(isHost)

  return ({ headers, rawHeaders, httpVersion }) => {
    const host = hostOf(headers)
    if (host === undefined) return httpVersion === '1.0'
    return isWellFormed(host) && isNamedOnce(headers, rawHeaders)
  }
}

type RequestHead = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'httpVersion'>

/** In HTTP/2 both fields may be there, and then they must agree (RFC 9113, section 8.3.1). */
function isNamedOnce(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): boolean {
  const authority = headers[':authority']
  const count = countOf(rawHeaders)
  if (authority === undefined) return count === 1
  return count === 0 || (count === 1 && headers.host === authority)
}

/** How many Host headers there are, because Node keeps only the first in `headers`. */
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
