import type { SessionStore } from '../session/store.ts'

/** What a medium cannot help, for the contract to leave out. */
export interface StoreLimits {
  /** The medium removes expired records itself: `clearExpired` has nothing to do and gives 0. */
  readonly forgetsByItself?: boolean
  /** The most JSON that a record's data may hold, in bytes; 65,536 by default. */
  readonly largest?: number
}

/** One promise of `SessionStore`. `holds` rejects with an AssertionError where `store`, which is empty, breaks it. */
export interface StorePromise {
  readonly promise: string
  readonly holds: (store: SessionStore, limits: StoreLimits) => Promise<void>
}
