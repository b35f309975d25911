import type { ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Context } from './context.ts'
import { LimitExceeded } from './limits.ts'

/**
 * Ends an operation that takes longer than `seconds`, or reads more rows than it may: no further resolver is called, and
 * what still runs can change the session no more. What waits its turn to be stored is dropped; what is being stored
 * already is waited for, and the answer says so. Streams are not bounded: they end with their session.
 */
export function useDeadline(seconds: number): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs) => {
        const { session, budget } = args.contextValue as Context
        const { signal, passed, end, clear } = startDeadline(seconds)
        budget.signal.addEventListener('abort', () => end(budget.signal.reason))
        const execution = executeFn(Object.assign(args, { signal }))
        try {
          // The executor hears of the signal between fields only, and a field of a mutation may take for ever.
          return await Promise.race([execution, passed])
        } catch (error) {
          if (error === signal.reason && (await session.abandon()) && error instanceof Error)
            error.message += ' What was being stored at that moment may have been stored.'
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
  let end = (_reason: unknown) => {}
  const passed = new Promise<never>((_resolve, reject) => {
    end = (reason) => {
      controller.abort(reason)
      reject(reason)
    }
  })
  passed.catch(() => undefined) // whoever races it hears of it; nobody may be left to
  const sentence = `An operation takes ${seconds} seconds at most`
  const timer = setTimeout(() => end(new LimitExceeded('timeout', sentence)), seconds * 1000)
  return { signal: controller.signal, passed, end, clear: () => clearTimeout(timer) }
}
