import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'

/** An answer may have several headers of these names: the host's stay beside ours. */
const repeated = ['set-cookie', 'vary']

/**
 * Writes the head of an answer on a host's response. Our headers replace the host's of the same name, except cookies and
 * `Vary`, which it adds. Sets them one by one: Node takes a list only where the response has no headers yet, and middleware
 * that waits for the head (on-headers, and so compression and morgan) knows no lists.
 */
export function writeHostedHead(
  response: ServerResponse,
  status: number,
  headers: readonly string[],
): void {
  const isBare =
    response.writeHead === ServerResponse.prototype.writeHead &&
    response.getHeaderNames().length === 0
  if (isBare) return void response.writeHead(status, headers as string[])
  for (let at = 0; at < headers.length; at += 2) {
    const [name = '', value = ''] = [headers[at], headers[at + 1]]
    if (repeated.includes(name.toLowerCase())) response.appendHeader(name, value)
    else response.setHeader(name, value)
  }
  response.writeHead(status)
}

/** How long a client that is still sending may take to read its answer, in milliseconds. */
const patience = 3000
/** How much it may go on sending in that time, in bytes. */
const mostUnread = 16_777_216

/**
 * Ends the answer to a request whose body was not read to its end. The client gets the whole answer at once. The connection
 * ends when the client has sent everything, or enough: an earlier reset could lose the answer (RFC 9112, section 9.6). Our
 * own server does so by its connections; a host's connections are the host's.
 */
export function endGently(
  request: IncomingMessage,
  response: ServerResponse,
  body: string | Buffer,
): void {
  let size = 0
  const finish = () => {
    clearTimeout(timer)
    request.off('data', count).off('end', finish).off('close', finish)
    if (!response.writableEnded) response.end()
  }
  const count = (chunk: Buffer | string) => {
    size += chunk.length
    if (size > mostUnread) finish()
  }
  const timer = setTimeout(finish, patience).unref()
  response.write(body)
  request.on('data', count).once('end', finish).once('close', finish).resume()
}

/** Has the host's compression, if any, send what it holds. */
export function flush(response: ServerResponse): void {
  // Node has a deprecated function of this name on every response.
  if (!Object.hasOwn(response, 'flush')) return
  const { flush: send } = response as unknown as { readonly flush: () => void }
  send.call(response)
}
