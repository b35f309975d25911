import type { ServerResponse } from 'node:http'
import { fault } from '../fault.ts'
import { hasUnreadBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { endGently, flush, writeHostedHead } from './hosted-answer.ts'

/** The content of an error in an answer. */
export interface ErrorContent {
  readonly message: string
  /** BAD_USER_INPUT by default. */
  readonly code?: string
  /** The setting whose limit the request has passed. */
  readonly setting?: string | null
  /** For a fault: the id in its log line. */
  readonly requestId?: string
}

/** The body of every error of this room. It has the form of the API's errors, so that clients read only one. */
export function errorBody({
  message,
  code = 'BAD_USER_INPUT',
  setting = null,
  requestId,
}: ErrorContent): string {
  const extensions = { code, ...(setting !== null && { limit: setting }), requestId }
  return JSON.stringify({ errors: [{ message, extensions }] })
}

/** Answers with `body`. Closes a connection whose request was not read to its end, because it cannot be used again. */
export function send(
  exchange: Exchange,
  status: number,
  type: string,
  body: string | Buffer,
): void {
  const { request, response, headers } = exchange
  const isUnread = hasUnreadBody(request)
  headers.push('Content-Type', type, 'Content-Length', String(Buffer.byteLength(body)))
  if (isUnread) headers.push('Connection', 'close')
  writeHead(exchange, status)
  if (isUnread && exchange.hosted !== null) endGently(request, response, body)
  else response.end(body)
}

/** The media type of JSON in answers. */
export const json = 'application/json; charset=utf-8'

/** Answers with `content` as JSON. */
export function sendJson(exchange: Exchange, status: number, content: object): void {
  send(exchange, status, json, JSON.stringify(content))
}

/** Answers with an error, under its code. */
export function refuse(exchange: Exchange, status: number, content: ErrorContent): void {
  exchange.code = content.code ?? 'BAD_USER_INPUT'
  send(exchange, status, json, errorBody(content))
}

/** Answers a request that failed in the server. The client sees its id, under which the calling code has logged why. */
export function refuseFault(exchange: Exchange): void {
  const { status, code, message } = fault
  refuse(exchange, status, { code, message, requestId: exchange.id })
}

/** Answers without a body. */
export function sendNothing(exchange: Exchange, status: number): void {
  if (hasUnreadBody(exchange.request)) exchange.headers.push('Connection', 'close')
  writeHead(exchange, status)
  exchange.response.end()
}

function writeHead({ response, headers, hosted }: Exchange, status: number): void {
  if (hosted === null) response.writeHead(status, headers)
  else writeHostedHead(response, status, headers)
}

/**
 * Answers with a stream. It ends when `body` does. Where the reader leaves first, it cancels `body`. It writes at the
 * reader's pace, so that a slow one holds no more than one piece in memory.
 */
export async function sendStream(
  exchange: Exchange,
  status: number,
  body: ReadableStream<Uint8Array>,
): Promise<void> {
  const { response } = exchange
  writeHead(exchange, status)
  const reader = body.getReader()
  response.once('close', () => void reader.cancel().catch(() => undefined))
  if (response.closed) return void reader.cancel().catch(() => undefined)
  for (;;) {
    const { done, value } = await reader.read()
    if (done || response.closed) break
    if (!response.write(value)) await untilDrained(response)
    if (exchange.hosted !== null) flush(response)
  }
  response.end()
}

function untilDrained(response: ServerResponse): Promise<void> {
  return new Promise((done) => {
    const finish = () => {
      response.off('drain', finish).off('close', finish)
      done()
    }
    response.once('drain', finish).once('close', finish)
  })
}
