import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { parseForwarded } from './forwarded.ts'

/** Where a request comes from, as far as that is known. */
export interface Client {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** How a visitor's browser is connected, to us or to a proxy in front of us. */
export type Scheme = 'http' | 'https'

/** TRUST_PROXY: how many proxies of ours stand in front, or which addresses are theirs. */
export type TrustedProxies = number | readonly string[]

/** What proxies wrote, the nearest to us last. */
interface Hops {
  readonly addresses: readonly string[]
  readonly schemes: readonly (string | null)[]
}

/** What requests say of where they come from, as far as proxies of ours have written it. */
export interface Proxies {
  /** The scheme that they say the visitor uses; null where they do not say, or there are none. */
  schemeOf(request: ReceivedRequest): Scheme | null
  /**
   * The client that sends this request, behind proxies of ours. What stands in the headers before their entries, any client
   * can write.
   */
  clientOf(request: ReceivedRequest): Client
  /** Is it a proxy of ours that hands this request over? */
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

  /** How many of them the request has passed, counted from us: the server believes nothing beyond the first stranger. */
  function passedBy({ socket }: ReceivedRequest, { addresses }: Hops): number {
    if (isOurs === null) return trusted as number
    const chain = [...addresses, socket.remoteAddress ?? ''].toReversed()
    const stranger = chain.findIndex((address) => !isOurs(address))
    return stranger === -1 ? chain.length : stranger
  }
}

type ReceivedRequest = Pick<IncomingMessage, 'headers' | 'socket'>

/** An address as we write it, with IPv4 in its own form; null where it is none. */
export function plainAddress(address = ''): string | null {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(plain) === 0 ? null : plain
}

const none: Hops = { addresses: [], schemes: [] }

/**
 * One family of headers, never a mix: a proxy writes one and passes the other on as the visitor wrote it. X-Forwarded-*
 * is what nearly all proxies write, so it counts where there is any of it, and Forwarded (RFC 7239) only where there is
 * none. A malformed Forwarded counts as none.
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

/** The entry of each hop. An empty entry is no hop. */
function listOf(header: string | string[] | undefined): string[] {
  const hops = [header ?? []].flat().join(',').split(',')
  return hops.map((hop) => hop.trim()).filter((hop) => hop !== '')
}

/** Some proxies write the port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
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
