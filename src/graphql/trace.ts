import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { getOperationAST } from 'graphql'
import type { ExecutionArgs } from 'graphql'
import { handleStreamOrSingleExecutionResult } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
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
const errors = new WeakMap<object, Trace>()

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

/** The trace of the request in which `error` came up, as long as `useTrace` has seen it. */
export function traceOfError(error: unknown): Trace | null {
  return typeof error === 'object' && error !== null ? (errors.get(error) ?? null) : null
}

/** Notes what is run and what comes of it. Belongs before what masks errors, and behind what gives them their codes. */
export function useTrace(): Plugin {
  const begin = (args: ExecutionArgs) => {
    const trace = traces.get((args.contextValue as { res: ServerResponse }).res)
    if (trace) trace.operation = nameOf(args)
    return (found: object) => {
      if (trace) errors.set(found, trace)
    }
  }
  return {
    onExecute({ args }) {
      const note = begin(args)
      return {
        onExecuteDone: (payload) =>
          handleStreamOrSingleExecutionResult(payload, ({ result }) =>
            result.errors?.forEach(note),
          ),
      }
    },
    onSubscribe({ args }) {
      const note = begin(args)
      return {
        onSubscribeResult: (payload) =>
          handleStreamOrSingleExecutionResult(payload, ({ result }) =>
            result.errors?.forEach(note),
          ),
        onSubscribeError: ({ error }) => {
          if (typeof error === 'object' && error !== null) note(error)
        },
      }
    },
    onResultProcess({ result, serverContext }) {
      const { res } = serverContext as { res?: ServerResponse }
      const trace = res && traces.get(res)
      if (!trace || !('errors' in result)) return
      const code = result.errors?.[0]?.extensions['code']
      trace.code = typeof code === 'string' ? code : null
    },
  }
}

/** What proxies write: UUIDs, hexadecimal numbers, base64. */
const isId = /^[\w.:+/=-]{1,64}$/
/** Shorter than a session key, so that no key can stand where a name belongs. */
const isName = /^[A-Za-z_]\w{0,39}$/

function nameOf({ document, operationName }: ExecutionArgs): string | null {
  const name = getOperationAST(document, operationName)?.name?.value
  return name !== undefined && isName.test(name) ? name : null
}
