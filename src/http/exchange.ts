import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { StartDeadline } from '../waiting/deadlines.ts'
import { knowProxies, plainAddress } from './client.ts'
import type { Client, Proxies, Scheme, TrustedProxies } from './client.ts'
import { hostOf } from './host.ts'
import { securityHeaders } from './security-headers.ts'

/** One request over HTTP, with what is known of it so far, and the headers of its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The request's id: in the log, in `X-Request-Id` and in `extensions.requestId`. */
  readonly id: string
  /** The path alone, without the query, as the visitor's browser has it. */
  readonly path: string
  /**
   * The path of the mount that answers, without a slash at its end: '' is the root. Links begin with it, and cookies of a
   * path use it. Parts of it may come from the caller, where a host mounts under a pattern.
   */
  readonly mount: string
  /** Where the request comes from, as far as trusted proxies say it. */
  readonly client: Client
  /** The scheme of the visitor's connection, where a trusted proxy says it; null otherwise. */
  readonly scheme: Scheme | null
  /** What a host application knows of the request; null on our own server. */
  readonly hosted: Hosted | null
  /** The headers of the answer, names and values in turn: Node writes these fastest. */
  readonly headers: string[]
  /** What ran, for the log and for metrics; null where nothing did. */
  purpose: Purpose | null
  /** The code of the first error, for the log; null where there is none. */
  code: string | null
}

/** What a request was for, in the words of the code that answers it. */
export interface Purpose {
  /** The name that its caller gave it; null where it has none, or one that must not go into the log. */
  readonly name: string | null
  /** Its kind, out of a fixed set; null where it has none. No caller can invent one. */
  readonly kind: string | null
  /** Does its answer go on for as long as its caller reads? */
  readonly isStream: boolean
}

/** What a host application knows of a request that it hands over. */
export interface Hosted {
  /** The path as the visitor's browser has it, without the query. */
  readonly path: string
  /** The path of the mount in the host. */
  readonly mount: string
  /** The body as the host's parser left it; undefined where no parser has read it. */
  readonly body: unknown
  /** The client's address, where the host knows it; null: find it by our settings. */
  readonly address: string | null
  /** The visitor's scheme, where the host knows it; null: find it by our settings. */
  readonly scheme: Scheme | null
  /** The host's id of the request; null: make one. */
  readonly id: string | null
  /** Starts the time that the body may take to arrive (HTTP_REQUEST_TIMEOUT). */
  readonly startDeadline: StartDeadline
}

/** How the server opens exchanges. */
export interface ExchangeOptions {
  readonly trustProxy: TrustedProxies
  /** SECURE_HSTS_SECONDS. */
  readonly hstsSeconds: number
}

/** Opens the exchange of a request; `hosted` where a host application hands it over. */
export type OpenExchange = (
  request: IncomingMessage,
  response: ServerResponse,
  hosted?: Hosted,
) => Exchange

/** Opens exchanges. Each begins with the headers of every answer, and with an id: its own, or one from a trusted proxy. */
export function createExchanges({ trustProxy, hstsSeconds }: ExchangeOptions): OpenExchange {
  const plain = Object.entries(securityHeaders({ hsts: 0 })).flat()
  const strict = Object.entries(securityHeaders({ hsts: hstsSeconds })).flat()
  const proxies = knowProxies(trustProxy)
  const takesIds = trustProxy !== 0

  return (request, response, hosted) => {
    const scheme = hosted ? hostedScheme(request, hosted, proxies) : proxies.schemeOf(request)
    const isStrict = scheme === 'https' && !isLoopback(hostOf(request.headers))
    const id = hosted?.id ?? (takesIds ? givenId(request, proxies) : null) ?? randomUUID()
    const path = hosted?.path ?? pathOf(request.url)
    return {
      request,
      response,
      id,
      path,
      mount: hosted?.mount ?? path,
      client: hosted ? hostedClient(request, hosted, proxies) : proxies.clientOf(request),
      scheme,
      hosted: hosted ?? null,
      headers: [...(isStrict ? strict : plain), 'X-Request-Id', id],
      purpose: null,
      code: null,
    }
  }
}

/** A URL's path, without the query. */
export function pathOf(url = ''): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

/** The rest of the path below the mount: '' at the mount itself, otherwise it begins with a slash. */
export function pathBelow({ path, mount }: Pick<Exchange, 'path' | 'mount'>): string {
  const below = path.slice(mount.length)
  return below === '/' ? '' : below
}

function hostedScheme(request: IncomingMessage, hosted: Hosted, proxies: Proxies): Scheme | null {
  const isEncrypted = (request.socket as { readonly encrypted?: boolean }).encrypted === true
  return hosted.scheme ?? proxies.schemeOf(request) ?? (isEncrypted ? 'https' : null)
}

function hostedClient(request: IncomingMessage, hosted: Hosted, proxies: Proxies): Client {
  const { address } = hosted
  if (address === null) return proxies.clientOf(request)
  return { ipAddress: plainAddress(address), userAgent: request.headers['user-agent'] ?? null }
}

/** Sets a header of the answer, and replaces one of its name. */
export function setHeader({ headers }: Exchange, name: string, value: string): void {
  for (let at = 0; at < headers.length; at += 2)
    if (headers[at]?.toLowerCase() === name.toLowerCase()) headers.splice(at, 2)
  headers.push(name, value)
}

/** Adds a header of the answer, beside others of its name: `Vary`, `Set-Cookie`. */
export function addHeader(
  { headers }: Pick<Exchange, 'headers'>,
  name: string,
  value: string,
): void {
  headers.push(name, value)
}

/** Calls `listener` when the answer ends in any way; at once where it has ended already. */
export function onceOver({ response }: Exchange, listener: () => void): void {
  if (response.closed) listener()
  else response.once('close', listener)
}

/** Breaks the connection off after what was written, so that the reader of a stream comes back. */
export function cutOff({ request, response }: Exchange): void {
  // A stream of HTTP/2 has no such function.
  if (typeof request.socket.destroySoon === 'function') request.socket.destroySoon()
  else response.destroy()
}

/** Is it this machine? HSTS for `localhost` would keep the browser from other servers under development there. */
function isLoopback(host = ''): boolean {
  return /^((?:[\w.-]+\.)?localhost\.?|127\.[\d.]+|\[::1\])(:\d+)?$/i.test(host)
}

/** Does it look like an id of a proxy or framework: a UUID, a hexadecimal number, base64? */
export function isRequestId(text: unknown): text is string {
  return typeof text === 'string' && /^[\w.:+/=-]{1,64}$/.test(text)
}

function givenId(request: IncomingMessage, proxies: Proxies): string | null {
  if (!proxies.handOver(request)) return null
  const given = request.headers['x-request-id']
  return isRequestId(given) ? given : null
}
