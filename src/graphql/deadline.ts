import type { ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { loopTime, onTick } from '../waiting/loop-clock.ts'
import type { Context } from './context.ts'
import { LimitExceeded } from '../http/limits.ts'

/**
 * Ends an operation that takes longer than `seconds`, or reads more rows than it may: no further resolver is called, and
 * what still runs can change the session no more. What waits its turn to be stored is dropped; what is being stored
 * already is waited for, and the answer says so. Streams are not bounded: they end with their session. The time is that
 * of `loopTime`, so that a machine with other work to do ends no operation that only waits for its turn.
 */
export function useDeadline(seconds: number): Plugin {
  const start = createDeadlines(seconds)
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs) => {
        const { session, budget } = args.contextValue as Context
        const { signal, passed, end, clear } = start()
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

/** The deadline of one operation. */
interface Deadline {
  readonly signal: AbortSignal
  /** Rejects when the operation is ended. */
  readonly passed: Promise<never>
  /** Ends it before its time. */
  end(reason: unknown): void
  /** The operation is over. */
  clear(): void
}

/** Starts deadlines of `seconds`, all of which are kept by the one clock of the process. */
function createDeadlines(seconds: number): () => Deadline {
  const running = new Map<Deadline, number>()

  return () => {
    const controller = new AbortController()
    let reject = (_reason: unknown) => {}
    const passed = new Promise<never>((_resolve, fail) => {
      reject = fail
    })
    passed.catch(() => undefined) // the race handles the rejection; this is for one that comes when the race is over
    const deadline: Deadline = {
      signal: controller.signal,
      passed,
      end(reason) {
        controller.abort(reason)
        reject(reason)
      },
      clear: () => running.delete(deadline),
    }
    onTick(endOverdue)
    running.set(deadline, loopTime() + seconds * 1000)
    return deadline
  }

  function endOverdue(): boolean {
    for (const [deadline, due] of running) {
      if (loopTime() < due) continue
      running.delete(deadline)
      deadline.end(new LimitExceeded('timeout', `An operation takes ${seconds} seconds at most`))
    }
    return running.size > 0
  }
}
