import type { SessionStore } from '../session/store.ts'
import { storeContract } from './store-contract.ts'
import type { StoreLimits } from './store-promise.ts'

/** What the two runners have in common. */
interface Runner {
  describe(name: string, work: () => void): unknown
  test(name: string, work: () => Promise<void>): unknown
}

// Vitest sets the variable for what it runs. Elsewhere its functions fail, though the project may have it for other tests.
const runner: Runner = await (process.env['VITEST'] ? import('vitest') : import('node:test'))

/**
 * The contract of `SessionStore` as tests, for any engine: `coatcheck/testing`. `open` makes an empty store for each of
 * them, which the suite closes afterwards where it has a `close`. They are tests of Vitest where it runs them, and
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
