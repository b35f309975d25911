import type { ClearingTurn, SessionStore } from './store.ts'

/**
 * Removes what expired at or before `now`, in milliseconds since 1970, in steps of about `size()` records, and yields how
 * many each step has removed. Between two steps the caller may pause as long as it likes.
 */
export async function* clearStore(
  store: SessionStore,
  now: number,
  size: () => number,
  options?: ClearingTurn,
): AsyncGenerator<number, void> {
  if (store.clearing) return yield* store.clearing(now, size, options)
  for (;;) {
    const limit = size()
    const count = await store.clearExpired(now, limit)
    yield count
    if (count < limit) return
  }
}
