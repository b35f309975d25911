import { STATUS_CODES } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { securityHeaders } from './security-headers.ts'

/**
 * Answers what is no request at all, or did not arrive in time, as every other error is answered: with its code, and the
 * name of the limit. Node would send a bare status line. The connection is closed: nobody can tell where the next request
 * would begin.
 */
export function answerBrokenRequests(server: Server, headerBytes: number): void {
  const answers = new WeakMap<Duplex, ServerResponse>()
  server.prependListener('request', (request, response) => {
    answers.set(request.socket, response)
  })

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const under = answers.get(socket)
    const isWaiting = under !== undefined && !under.writableEnded
    // The request itself was whole, and is being answered; what came behind it was not, or may not come any more.
    if (isWaiting && under.req.complete && !under.headersSent) {
      under.shouldKeepAlive = false
      return
    }
    // Half an answer may be on its way already, a stream as a rule: whatever followed would be read as a part of it.
    if (!socket.writable || (isWaiting && under.headersSent)) {
      socket.destroy()
      return
    }
    const isInBody = under !== undefined && !under.req.complete
    socket.end(messageOf(...faultOf(error.code, headerBytes, isInBody)))
  })
}

type Fault = [status: number, message: string, limit?: string]

function faultOf(code: string | undefined, headerBytes: number, isInBody: boolean): Fault {
  if (code === 'HPE_HEADER_OVERFLOW') {
    const limit = 'HTTP_MAX_HEADER_SIZE'
    return [431, `The headers of a request hold ${headerBytes} bytes at most (${limit}).`, limit]
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const limit = isInBody ? 'HTTP_REQUEST_TIMEOUT' : 'HTTP_HEADERS_TIMEOUT'
    return [408, `The request took too long to arrive (${limit}).`, limit]
  }
  return [400, 'This is not a request in HTTP.']
}

function messageOf(...[status, message, limit]: Fault): string {
  const extensions = { code: 'BAD_USER_INPUT', ...(limit !== undefined && { limit }) }
  const body = JSON.stringify({ errors: [{ message, extensions }] })
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(securityHeaders({ isHttps: false })).map((header) => header.join(': ')),
    '',
    body,
  ].join('\r\n')
}
