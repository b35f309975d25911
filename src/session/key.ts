import { hash, randomBytes } from 'node:crypto'

/**
 * The secret in the visitor's cookie. Any caller who has it can act as the visitor: the server never stores, logs or lists
 * it.
 */
export type SessionKey = string & { readonly brand: 'SessionKey' }

/** The session's public name: SHA-256 of its key, in hex. The key cannot be found from it. */
export type SessionId = string & { readonly brand: 'SessionId' }

/** A new key: 32 random bytes (OWASP asks for 16 and NIST SP 800-63B for 8), 43 characters of base64url. */
export function createKey(): SessionKey {
  return randomBytes(32).toString('base64url') as SessionKey
}

/**
 * The cookie's value as a key; null for anything that `createKey` cannot have made, so that no store is asked about it. The
 * last character carries four bits, so it is one of sixteen.
 */
export function parseKey(value: string): SessionKey | null {
  return /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(value) ? (value as SessionKey) : null
}

/** The id under which a store files the session of `key`. */
export function idOf(key: SessionKey): SessionId {
  return hash('sha256', key) as SessionId
}

/** `text` as a session id; null where it has not the shape of one. */
export function parseId(text: string): SessionId | null {
  return /^[0-9a-f]{64}$/.test(text) ? (text as SessionId) : null
}
