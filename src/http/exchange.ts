import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientOf, comesByProxy, schemeOf } from './client.ts'
import type { Client, Scheme, TrustedProxies } from './client.ts'
import { securityHeaders } from './security-headers.ts'

/** One request over HTTP, with what is known of it so far, and the headers of its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The request's id: in the log, in `X-Request-Id` and in `extensions.requestId`. */
  readonly id: string
  /** The path alone, without the query. */
  readonly path: string
  /** Where the request comes from, as far as our proxies say so. */
  readonly client: Client
  /** The scheme of the visitor's connection, where our proxies say so; null where it is not known. */
  readonly scheme: Scheme | null
  /** The headers of the answer, a name and its value by turns, as Node writes them fastest. */
  readonly headers: string[]
  /** The name of the operation that was run, for the log; null where it has none, or one that is no name. */
  operation: string | null
  /** The code of the first error, for the log; null where there is none. */
  code: string | null
}

/** How the server opens exchanges. */
export interface ExchangeOptions {
  readonly trustProxy: TrustedProxies
  /** SECURE_HSTS_SECONDS. */
  readonly hstsSeconds: number
}

/** Opens exchanges. Each begins with the headers that every answer has, and with an id: its own, or that of a proxy of ours. */
export function createExchanges({ trustProxy, hstsSeconds }: ExchangeOptions) {
  const plain = Object.entries(securityHeaders({ hsts: 0 })).flat()
  const strict = Object.entries(securityHeaders({ hsts: hstsSeconds })).flat()

  return (request: IncomingMessage, response: ServerResponse): Exchange => {
    const scheme = schemeOf(request, trustProxy)
    const isStrict = scheme === 'https' && !isLoopback(request.headers.host)
    const id = givenId(request, trustProxy) ?? randomUUID()
    const url = request.url ?? ''
    const query = url.indexOf('?')
    return {
      request,
      response,
      id,
      path: query === -1 ? url : url.slice(0, query),
      client: clientOf(request, trustProxy),
      scheme,
      headers: [...(isStrict ? strict : plain), 'X-Request-Id', id],
      operation: null,
      code: null,
    }
  }
}

/** Sets a header of the answer, in place of the one that it may have. */
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

/** Calls `listener` when the answer is over, however it ends; at once where it has ended already. */
export function onceOver({ response }: Exchange, listener: () => void): void {
  if (response.closed) listener()
  else response.once('close', listener)
}

/** Breaks the connection off behind what was written, so that a client that reads a stream comes back. */
export function cutOff({ request }: Exchange): void {
  request.socket.destroySoon()
}

/** Is it this machine? A browser with HSTS for `localhost` could reach no other server under development there. */
function isLoopback(host = ''): boolean {
  return /^((?:[\w.-]+\.)?localhost\.?|127\.[\d.]+|\[::1\])(:\d+)?$/i.test(host)
}

/** The ids that proxies write: UUIDs, hexadecimal numbers, base64. */
const isId = /^[\w.:+/=-]{1,64}$/

function givenId(request: IncomingMessage, proxies: TrustedProxies): string | null {
  if (proxies === 0 || !comesByProxy(request, proxies)) return null
  const given = request.headers['x-request-id']
  return typeof given === 'string' && isId.test(given) ? given : null
}
