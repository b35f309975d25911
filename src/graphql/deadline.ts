import type { ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from './context.ts'
import { LimitExceeded } from './limits.ts'

/**
 * Ends an operation that takes longer than `seconds`: no further resolver is called, and what still runs can change the
 * session no more. Streams are not bounded: they end with their session.
 */
export function useDeadline(seconds: number): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs) => {
        const deadline = new AbortController()
        const timer = setTimeout(() => {
          ;(args.contextValue as Context).session.abandon()
          deadline.abort(
            new LimitExceeded('timeout', `An operation takes ${seconds} seconds at most`),
          )
        }, seconds * 1000)
        try {
          return await executeFn(Object.assign(args, { signal: deadline.signal }))
        } finally {
          clearTimeout(timer)
        }
      })
    },
  }
}
