import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainAddress } from '../http/client.ts'
import type { Scheme } from '../http/client.ts'
import { isRequestId, pathOf } from '../http/exchange.ts'
import type { Exchange, Hosted } from '../http/exchange.ts'

/**
 * What a host says of a request that it hands over, where the request does not say it itself: Fastify and Koa keep it on
 * objects of their own. Express says all of it on the request, so that its hosts say nothing here. Each may be left out.
 */
export interface HostFacts {
  /** The body where the host has read it: an object, text or bytes. */
  readonly body?: unknown
  /**
   * The visitor's address, where the host trusts proxies of its own. It counts where it is not the connection's own
   * address: otherwise the host has trusted none, and TRUST_PROXY decides.
   */
  readonly address?: string | undefined
  /** How the visitor is connected to the host's outermost proxy. */
  readonly scheme?: string | undefined
  /** The path under which the host has mounted this, where the request has had it taken off. Left out: what the request says. */
  readonly mount?: string
  /** The host's id of the request, for the log and `X-Request-Id`. */
  readonly id?: string
}

/** What Express, and routers that are built like it, keep on the request itself. */
interface RoutedRequest extends IncomingMessage {
  readonly originalUrl?: string
  readonly baseUrl?: string
  readonly route?: unknown
  readonly body?: unknown
  readonly ip?: string
  readonly protocol?: string
  readonly app?: { enabled?(setting: string): boolean }
}

/** Opens the exchange of a request for a route of the host's own. */
export type OpenHostExchange = (
  request: IncomingMessage,
  response: ServerResponse,
  facts?: HostFacts,
) => Exchange

/** What exchanges take from a host, save what is the same for all of them. */
export type Facts = Omit<Hosted, 'startDeadline'>

/** Puts together what the request says of its host and what the host says of it. */
export function factsOf(request: IncomingMessage, given: HostFacts): Facts {
  const routed = request as RoutedRequest
  const whole = pathOf(routed.originalUrl ?? routed.url)
  const mount = withoutSlash(given.mount ?? mountOf(routed, whole))
  // A host that has taken the mount off the URL has left what is below it.
  const path = isBelow(whole, mount) ? whole : mount + whole
  return {
    path,
    mount,
    body: given.body === undefined ? routed.body : given.body,
    ...(given.address === undefined ? ofExpress(routed) : ofHost(request, given)),
    id: isRequestId(given.id) ? given.id : null,
  }
}

function mountOf(request: RoutedRequest, whole: string): string {
  const { baseUrl, originalUrl, route } = request
  // Express: a route matches the whole of a path, and `use` what begins with it.
  if (baseUrl !== undefined) return route === undefined ? baseUrl : whole
  const inner = pathOf(request.url)
  // Connect: what it matched is taken off the URL.
  if (originalUrl !== undefined && whole !== inner && inner !== '/' && whole.endsWith(inner))
    return whole.slice(0, -inner.length)
  return whole
}

function isBelow(path: string, mount: string): boolean {
  return path.startsWith(mount) && (path.length === mount.length || path[mount.length] === '/')
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

type Origin = Pick<Hosted, 'address' | 'scheme'>

const unknown: Origin = { address: null, scheme: null }

/** Express's own answers count where its operator has set `trust proxy`, and only there: what they come from can be forged. */
function ofExpress(request: RoutedRequest): Origin {
  if (request.app?.enabled?.('trust proxy') !== true) return unknown
  const { ip = null, protocol, headers } = request
  return { address: ip, scheme: 'x-forwarded-proto' in headers ? asScheme(protocol) : null }
}

function ofHost({ socket, headers }: IncomingMessage, { address, scheme }: HostFacts): Origin {
  const isOwn = plainAddress(address) === plainAddress(socket.remoteAddress)
  // Frameworks say http of every connection without TLS, whatever the visitor uses.
  const isSaid = scheme === 'https' || (!isOwn && 'x-forwarded-proto' in headers)
  return { address: isOwn ? null : (address ?? null), scheme: isSaid ? asScheme(scheme) : null }
}

function asScheme(scheme: string | undefined): Scheme | null {
  return scheme === 'http' || scheme === 'https' ? scheme : null
}
