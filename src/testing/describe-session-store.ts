import { describe, test } from 'vitest'
import type { SessionStore } from '../session/store.ts'
import { storeContract } from './store-contract.ts'
import type { StoreLimits } from './store-promise.ts'

/**
 * The contract of `SessionStore` as tests, for any engine: `coatcheck/testing`. `open` makes an empty store for each of
 * them, which the suite closes afterwards where it has a `close`.
 */
export function describeSessionStore(
  name: string,
  open: () => SessionStore | Promise<SessionStore>,
  limits: StoreLimits = {},
): void {
  describe(`the store contract: ${name}`, () => {
    test.each(storeContract)('$promise', async ({ holds }) => {
      const store = await open()
      try {
        await holds(store, limits)
      } finally {
        await store.close?.()
      }
    })
  })
}
