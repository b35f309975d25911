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
        const { signal, passed, clear } = startDeadline(seconds)
        const execution = executeFn(Object.assign(args, { signal }))
        try {
          // The executor hears of the signal between fields only, and a field of a mutation may take for ever.
          return await Promise.race([execution, passed])
        } catch (error) {
          if (error === signal.reason) (args.contextValue as Context).session.abandon()
          throw error
        } finally {
          clear()
        }
      })
    },
  }
}

function startDeadline(seconds: number) {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const passed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const late = new LimitExceeded('timeout', `An operation takes ${seconds} seconds at most`)
      controller.abort(late)
      reject(late)
    }, seconds * 1000)
  })
  return { signal: controller.signal, passed, clear: () => clearTimeout(timer) }
}
