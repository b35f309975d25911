import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Client } from '../auth/roster.ts'

/** Who sends this request, behind `proxies` proxies of ours. What is further out than those can be written by anyone. */
export function clientOf(request: IncomingMessage, proxies: number): Client {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const hops = [...forwarded.map((hop) => hop.trim()), request.socket.remoteAddress ?? '']
  const address = hops[Math.max(0, hops.length - 1 - proxies)] ?? ''
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return {
    ipAddress: isIP(plain) === 0 ? null : plain,
    userAgent: request.headers['user-agent'] ?? null,
  }
}
