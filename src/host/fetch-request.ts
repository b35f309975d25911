import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** What is asked of a request before its body is read. */
export interface FetchHead extends Pick<IncomingMessage, 'headers' | 'socket' | 'method' | 'url'> {
  /** The request of the Fetch standard. */
  readonly source: Request
}

/** A request of the Fetch standard, in the words of node:http. `address` is the client's; left out, it is not known. */
export function fromFetch(request: Request, address?: string): FetchHead {
  const { method, headers } = request
  const { host, pathname, search, protocol } = new URL(request.url)
  const socket: object = { remoteAddress: address, encrypted: protocol === 'https:' }
  return {
    method,
    url: pathname + search,
    headers: { host, ...Object.fromEntries(headers) } as IncomingHttpHeaders,
    socket: socket as IncomingMessage['socket'],
    source: request,
  }
}
