import { parseKey } from '../key.ts'
import type { SessionKey } from '../key.ts'
import type { SessionStore } from '../store.ts'

/** What one request's cookies carry: the keys of sessions, or, with signed cookies, the sessions themselves. */
export interface Carrier {
  /** The key that each cookie names. Leaves out values that this server cannot have made. */
  readonly presented: readonly SessionKey[]
  /** Where this request's session is kept. */
  readonly store: SessionStore
  /** The value of the cookie that carries the session of `key`. */
  valueFor(key: SessionKey): string
  /** Must the server send the cookie again, because the record that it carries has changed? */
  isStale(): boolean
}

/**
 * Opens the values of a request's cookies of our name. There is one as a rule, or none. `mount` is the path that the answer
 * is mounted under: the server may have to clear cookies of that path beside the session's own.
 */
export type OpenCarrier = (values: readonly string[], mount?: string) => Carrier

/** The cookie that carries a key and nothing else, for sessions kept in `store`. */
export function carryKey(store: SessionStore): OpenCarrier {
  return (values) => ({
    presented: values.map(parseKey).filter((key) => key !== null),
    store,
    valueFor: (key) => key,
    isStale: () => false,
  })
}
