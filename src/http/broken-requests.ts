import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { errorBody } from './answer.ts'
import type { Connections } from './connections.ts'
import { securityHeaders } from './security-headers.ts'

/**
 * Answers a message that is malformed, or did not arrive in time, in the form of every other error: with its code, and the
 * name of the limit. Node would send a bare status line. The connection ends, because the server cannot know where the next
 * request would begin.
 */
export function answerBrokenRequests(
  server: Server,
  connections: Connections,
  { headerBytes, log }: { readonly headerBytes: number; readonly log: Pick<Logger, 'info'> },
): void {
  server.on('clientError', (error: NodeJS.ErrnoException, duplex) => {
    const socket = duplex as Socket // the server listens on TCP only
    if (connections.isRefused(socket)) return
    const under = connections.newestAnswer(socket)
    const isWaiting = under !== null && !under.writableEnded
    // The request was complete, and its answer is under way. The bytes after it were broken, or did not come in time.
    if (isWaiting && under.req.complete && !under.headersSent) {
      under.shouldKeepAlive = false
      connections.refuse(socket)
      return
    }
    // Half an answer, usually a stream, is on its way: the client would take an error for a part of it.
    if (!socket.writable || (isWaiting && under.headersSent)) {
      socket.destroy()
      return
    }
    const isInBody = under !== null && !under.req.complete
    const answer = answerTo(error.code, headerBytes, isInBody)
    const requestId = randomUUID()
    connections.refuse(socket, messageOf(answer, requestId))
    log.info({ requestId, status: answer[0], code }, 'broken request')
  })
}

type BrokenAnswer = [status: number, message: string, limit?: string]

function answerTo(code: string | undefined, headerBytes: number, isInBody: boolean): BrokenAnswer {
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

const code = 'BAD_USER_INPUT'

function messageOf([status, message, limit]: BrokenAnswer, requestId: string): string {
  const body = errorBody({ message, setting: limit ?? null })
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(securityHeaders({ hsts: 0 })).map((header) => header.join(': ')),
    '',
    body,
  ].join('\r\n')
}
