import type { SessionStore } from '../session/store.ts'
import { storeContract } from './store-contract.ts'
import type { StoreLimits } from './store-promise.ts'

/** What the two runners have in common. */
interface Runner {
  describe(name: string, work: () => void): unknown
  test(name: string, work: () => Promise<void>): unknown
}

// Vitest where the project has it, and otherwise the runner that comes with Node.
const runner: Runner = await import('vitest').catch(() => import('node:test'))

/**
 * The contract of `SessionStore` as tests, for any engine: `coatcheck/testing`. `open` makes an empty store for each of
 * them, which the suite closes afterwards where it has a `close`. They are tests of Vitest where it is installed, and
 * otherwise of node:test.
 */
export function describeSessionStore(
  name: string,
  open: () => SessionStore | Promise<SessionStore>,
  limits: StoreLimits = {},
): void {
  runner.describe(`the store contract: ${name}`, () => {
    for (const { promise, holds } of storeContract)
      runner.test(promise, async () => {
        const store = await open()
        try {
          await holds(store, limits)
        } finally {
          await store.close?.()
        }
      })
  })
}
