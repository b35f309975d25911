import { getOperationAST } from 'graphql'
import type { ExecutionArgs } from 'graphql'
import { handleStreamOrSingleExecutionResult } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import type { ServerResponse } from 'node:http'
import { traceOf } from '../http/trace.ts'
import type { Trace } from '../http/trace.ts'

const errors = new WeakMap<object, Trace>()

/** The trace of the request in which `error` came up, as long as `useTrace` has seen it. */
export function traceOfError(error: unknown): Trace | null {
  return typeof error === 'object' && error !== null ? (errors.get(error) ?? null) : null
}

/** Notes what is run and what comes of it. Belongs before what masks errors, and behind what gives them their codes. */
export function useTrace(): Plugin {
  const begin = (args: ExecutionArgs) => {
    const trace = traceOf((args.contextValue as { res: ServerResponse }).res)
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
      const trace = res && traceOf(res)
      if (!trace || !('errors' in result)) return
      const code = result.errors?.[0]?.extensions['code']
      trace.code = typeof code === 'string' ? code : null
    },
  }
}

/** Shorter than a session key, so that no key can stand where a name belongs. */
const isName = /^[A-Za-z_]\w{0,39}$/

function nameOf({ document, operationName }: ExecutionArgs): string | null {
  const name = getOperationAST(document, operationName)?.name?.value
  return name !== undefined && isName.test(name) ? name : null
}
