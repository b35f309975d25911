import type { IncomingHttpHeaders } from 'node:http'
import type { IncomingMessage } from 'node:http'

/** What is asked of a request before its body is read. */
export interface Asked extends Pick<IncomingMessage, 'headers' | 'socket' | 'method' | 'url'> {
  /** The request of the Fetch standard. */
  readonly source: Request
}

/** A request of the Fetch standard, in the words of node:http. `address` is the client's; left out, it is not known. */
export function fromFetch(request: Request, address?: string): Asked {
  const { method, url, headers } = request
  const { host } = new URL(url)
  return {
    method,
    url,
    headers: { host, ...Object.fromEntries(headers) } as IncomingHttpHeaders,
    socket: { remoteAddress: address } as IncomingMessage['socket'],
    source: request,
  }
}
