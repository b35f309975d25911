import { Refusal } from '../refusals.ts'
import type { Watch } from '../waiting/watch.ts'
import { observe } from './cells.ts'
import type { Declared } from './declared.ts'
import type { Registry } from './registry.ts'

/** Where calls of one kind are counted. */
export interface CallMetrics {
  readonly duration: Declared
  /** Left out: failures are not counted. */
  readonly failures?: Declared
  /** Left out: the calls know no conflict. */
  readonly conflicts?: Declared
  /** Which operations can meet one. */
  readonly conflicting?: readonly string[]
}

type Call = (...args: unknown[]) => unknown

/** Times calls, and counts those that fail or meet a conflict. A call that answers at once takes no promise for it. */
export function watchCalls(
  registry: Registry,
  { duration, failures, conflicts, conflicting = [] }: CallMetrics,
): Watch {
  return (operation, call) => {
    const labels = { operation }
    const times = registry.histogram(duration, labels)
    const failed = failures ? registry.counter(failures, labels) : null
    const conflicted =
      conflicts && conflicting.includes(operation) ? registry.counter(conflicts, labels) : null

    const succeed = (begun: number, result: unknown) => {
      observe(times, (performance.now() - begun) / 1000)
      if (conflicted !== null && result === 'conflict') conflicted.value++
    }
    const fail = (begun: number, error: unknown) => {
      observe(times, (performance.now() - begun) / 1000)
      if (failed !== null && !(error instanceof Refusal)) failed.value++ // a refusal is an answer
    }
    const watched: Call = (...args) => {
      const begun = performance.now()
      let result: unknown
      try {
        result = (call as unknown as Call)(...args)
      } catch (error) {
        fail(begun, error)
        throw error
      }
      if (!(result instanceof Promise)) succeed(begun, result)
      else
        result.then(
          (value) => succeed(begun, value),
          (error: unknown) => fail(begun, error),
        )
      return result
    }
    return watched as unknown as typeof call
  }
}
