import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Client } from '../auth/roster.ts'

/** Who sends this request, behind `proxies` proxies of ours. What is further out than those can be written by anyone. */
export function clientOf(request: IncomingMessage, proxies: number): Client {
  const header = [request.headers['x-forwarded-for'] ?? []].flat().join(',')
  const forwarded = header.split(',').map((hop) => withoutPort(hop.trim()))
  // Nothing between commas is no hop: without the header, there is only who is connected to us.
  const hops = [...forwarded.filter((hop) => hop !== ''), request.socket.remoteAddress ?? '']
  const address = hops[Math.max(0, hops.length - 1 - proxies)] ?? ''
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return {
    ipAddress: isIP(plain) === 0 ? null : plain,
    userAgent: request.headers['user-agent'] ?? null,
  }
}

/** Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return hop.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}
