import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { parseForwarded } from './forwarded.ts'

/** Where a request comes from, as far as the server knows. */
export interface Client {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** How a visitor's browser is connected, to us or to a proxy in front of us. */
export type Scheme = 'http' | 'https'

/** TRUST_PROXY: how many proxies of the operator stand in front, or their addresses. */
export type TrustedProxies = number | readonly string[]

/** What proxies wrote, the nearest proxy last. */
interface Hops {
  readonly addresses: readonly string[]
  readonly schemes: readonly (string | null)[]
}

/** Reads from requests where they come from, as far as trusted proxies say it. */
export interface Proxies {
  /** The scheme of the visitor's connection; null where no trusted proxy says it. */
  schemeOf(request: ReceivedRequest): Scheme | null
  /** The client that sends this request, behind trusted proxies. Any client can forge the entries before theirs. */
  clientOf(request: ReceivedRequest): Client
  /** Does a trusted proxy hand this request over? */
  handOver(request: ReceivedRequest): boolean
}

/** The proxies in front that the operator trusts. */
export function knowProxies(trusted: TrustedProxies): Proxies {
  const isOurs = typeof trusted === 'number' ? null : membersOf(trusted)
  const hopsIn = (request: ReceivedRequest) => (trusted === 0 ? none : hopsOf(request.headers))

  return {
    schemeOf(request) {
      if (trusted === 0) return null
      const hops = hopsIn(request)
      const passed = passedBy(request, hops)
      if (passed === 0) return null
      const scheme = hops.schemes[Math.max(0, hops.schemes.length - passed)]
      return scheme === 'http' || scheme === 'https' ? scheme : null
    },

    clientOf(request) {
      return { ipAddress: addressOf(request), userAgent: request.headers['user-agent'] ?? null }
    },

    handOver: (request) => passedBy(request, none) > 0,
  }

  function addressOf(request: ReceivedRequest): string | null {
    const { remoteAddress } = request.socket
    const hops = hopsIn(request)
    if (hops.addresses.length === 0) return plainAddress(remoteAddress)
    const chain = [...hops.addresses, remoteAddress ?? '']
    return plainAddress(chain[Math.max(0, chain.length - 1 - passedBy(request, hops))])
  }

  /** How many trusted proxies the request has passed, counted from the server, up to the first stranger. */
  function passedBy({ socket }: ReceivedRequest, { addresses }: Hops): number {
    if (isOurs === null) return trusted as number
    const chain = [...addresses, socket.remoteAddress ?? ''].toReversed()
    const stranger = chain.findIndex((address) => !isOurs(address))
    return stranger === -1 ? chain.length : stranger
  }
}

type ReceivedRequest = Pick<IncomingMessage, 'headers' | 'socket'>

/** An address in one spelling, with IPv4 in its own form; null for text that is no address. */
export function plainAddress(address = ''): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(plain) === 0 ? null : plain
}

const none: Hops = { addresses: [], schemes: [] }

/**
 * Reads one family of headers, never a mix: a proxy writes one and passes the other on as the visitor wrote it. Nearly all
 * proxies write X-Forwarded-*, so that counts where it is there, and Forwarded (RFC 7239) only otherwise. A malformed
 * Forwarded counts as none.
 */
function hopsOf(headers: IncomingHttpHeaders): Hops {
  const [by, proto] = [headers['x-forwarded-for'], headers['x-forwarded-proto']]
  if (by !== undefined || proto !== undefined) {
    return { addresses: listOf(by).map(withoutPort), schemes: listOf(proto) }
  }
  if (headers.forwarded === undefined) return none
  const elements = parseForwarded(headers.forwarded) ?? [{ for: null, proto: null }]
  return {
    addresses: elements.map((element) => withoutPort(element.for ?? '')),
    schemes: elements.map((element) => element.proto),
  }
}

/** The entries of a header, one for each hop. An empty entry is no hop. */
function listOf(header: string | string[] | undefined): string[] {
  const hops = [header ?? []].flat().join(',').split(',')
  return hops.map((hop) => hop.trim()).filter((hop) => hop !== '')
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return hop.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
}

/** The ranges that have a name in TRUST_PROXY, as ipaddr.js calls them. `uniquelocal` is what Express calls `private`. */
const named: Record<string, readonly string[]> = {
  loopback: ['loopback'],
  linklocal: ['linkLocal'],
  private: ['private', 'uniqueLocal'],
  uniquelocal: ['private', 'uniqueLocal'],
}

type IsMember = (address: string) => boolean

/** Is an address one of `proxies`? */
function membersOf(proxies: readonly string[]): IsMember {
  const ranges = proxies.flatMap((entry) => named[entry] ?? [])
  const subnets = proxies.filter((entry) => !(entry in named)).map(subnetOf)
  return (address) => {
    if (isIP(address) === 0) return false
    const ip = ipaddr.process(address)
    return (
      ranges.includes(ip.range()) ||
      subnets.some(([of, bits]) => ip.kind() === of.kind() && ip.match(of, bits))
    )
  }
}

function subnetOf(entry: string): ReturnType<typeof ipaddr.parseCIDR> {
  if (entry.includes('/')) return ipaddr.parseCIDR(entry)
  const ip = ipaddr.process(entry)
  return [ip, ip.kind() === 'ipv4' ? 32 : 128]
}
