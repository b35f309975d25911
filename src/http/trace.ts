import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { comesByProxy } from './client.ts'
import type { TrustedProxies } from './client.ts'

/** What the log says of one request, and its answer of itself. Nothing in it was written by the caller, save names. */
export interface Trace {
  /** The request's id: in the log, in `X-Request-Id` and in `extensions.requestId`. */
  readonly id: string
  /** The name of the operation that was run; null where it has none, or one that is no name. */
  operation: string | null
  /** The code of the first error; null where there is none. */
  code: string | null
}

const traces = new WeakMap<ServerResponse, Trace>()

/** Begins the trace of a request. Its id is the one that a proxy of ours gave it, where that is well-formed. */
export function beginTrace(
  request: IncomingMessage,
  response: ServerResponse,
  proxies: TrustedProxies,
): Trace {
  const given = comesByProxy(request, proxies) ? request.headers['x-request-id'] : undefined
  const id = typeof given === 'string' && isId.test(given) ? given : randomUUID()
  const trace: Trace = { id, operation: null, code: null }
  traces.set(response, trace)
  return trace
}

/** The trace of a request, by its answer; null where none was begun. */
export function traceOf(response: ServerResponse): Trace | null {
  return traces.get(response) ?? null
}

/** What proxies write: UUIDs, hexadecimal numbers, base64. */
const isId = /^[\w.:+/=-]{1,64}$/
