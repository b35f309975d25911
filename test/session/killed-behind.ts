import type { SessionStore } from '../../src/session/store.ts'

/** What a call of a process that was killed gives. */
export class Killed extends Error {}

/** Stores for a process that is killed behind `most` calls to them. */
export function killedBehind(most: number, stores: readonly SessionStore[]): SessionStore[] {
  let calls = 0
  return stores.map(
    (store) =>
      new Proxy(store, {
        get(target, name: keyof SessionStore) {
          const call = target[name]
          if (typeof call !== 'function') return call
          return async (...words: unknown[]) => {
            if (++calls > most) throw new Killed()
            return (call as (...words: unknown[]) => unknown).apply(target, words)
          }
        },
      }),
  )
}
