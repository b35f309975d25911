import { parseKey } from './key.ts'
import type { SessionKey } from './key.ts'
import type { SessionStore } from './store.ts'

/** What one request's cookie carries: the key of a session, or, with signed cookies, the session itself. */
export interface Carrier {
  /** The key that the cookie names; null without a cookie, and for a value that this server cannot have made. */
  readonly presented: SessionKey | null
  /** Where this request's session is kept. */
  readonly store: SessionStore
  /** What the cookie must say to carry the session of `key`. */
  valueFor(key: SessionKey): string
  /** Does the cookie have to go to the visitor again, because what it carries was written? */
  isStale(): boolean
}

/** Opens the value of a cookie; null for a visitor without one. */
export type OpenCarrier = (value: string | null) => Carrier

/** The cookie that carries a key and nothing else, for sessions kept in `store`. */
export function carryKey(store: SessionStore): OpenCarrier {
  return (value) => ({
    presented: value === null ? null : parseKey(value),
    store,
    valueFor: (key) => key,
    isStale: () => false,
  })
}
