import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Client } from '../auth/roster.ts'

/** How a visitor's browser is connected, to us or to a proxy in front of us. */
export type Scheme = 'http' | 'https'

/** The scheme that `proxies` proxies of ours say the visitor uses; null where they do not say, or there are none. */
export function schemeOf(
  { headers }: Pick<IncomingMessage, 'headers'>,
  proxies: number,
): Scheme | null {
  if (proxies === 0) return null
  const said = hopsOf(headers['x-forwarded-proto'])
  const scheme = said[Math.max(0, said.length - proxies)]
  return scheme === 'http' || scheme === 'https' ? scheme : null
}

/** Who sends this request, behind `proxies` proxies of ours. What is further out than those can be written by anyone. */
export function clientOf(request: IncomingMessage, proxies: number): Client {
  const forwarded = hopsOf(request.headers['x-forwarded-for']).map(withoutPort)
  const hops = [...forwarded, request.socket.remoteAddress ?? '']
  const address = hops[Math.max(0, hops.length - 1 - proxies)] ?? ''
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return {
    ipAddress: isIP(plain) === 0 ? null : plain,
    userAgent: request.headers['user-agent'] ?? null,
  }
}

/** What each hop wrote, the nearest to us last. Nothing between commas is no hop. */
function hopsOf(header: string | string[] | undefined): string[] {
  const hops = [header ?? []].flat().join(',').split(',')
  return hops.map((hop) => hop.trim()).filter((hop) => hop !== '')
}

/** Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return hop.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}
