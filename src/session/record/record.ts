import type { Json } from './data.ts'
import type { Clocks, Expiry } from './expiry.ts'

/** Who a session is signed in as, and which backend vouched for them. The epoch is the user's at login. */
export interface SessionAuth {
  readonly userId: string
  readonly epoch: number
  readonly backend: string
}

/** A session's content at rest: plain JSON, so that any medium can keep it as text. */
export interface SessionRecord extends Clocks {
  readonly auth: SessionAuth | null
  readonly data: { readonly [name: string]: Json }
}

/** The record as text, for any store. */
export function encodeRecord(record: SessionRecord): string {
  return JSON.stringify(record)
}

/**
 * The record that `encodeRecord` wrote; null for text that is no record, which opens no session and breaks no request.
 * It calls `onDamage` for such text. Every request reads a record, so this checks by hand what a Zod schema would.
 */
export function decodeRecord(text: string, onDamage?: () => void): SessionRecord | null {
  const record = recordIn(parse(text))
  if (record === null) onDamage?.()
  return record
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // SyntaxError: damaged at rest
  }
}

/** `value` of JSON as a record; null for anything else. Leaves out names that no record has. */
function recordIn(value: unknown): SessionRecord | null {
  if (!isObject(value)) return null
  const { data, createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = value
  const auth = authIn(value['auth'])
  const expiry = expiryIn(value['expiry'])
  if (auth === undefined || expiry === undefined || !isObject(data)) return null
  if (!isWhole(createdAt) || !isWhole(lastSeenAt) || !isWhole(expiresAt)) return null
  if (absoluteExpiresAt !== null && !isWhole(absoluteExpiresAt)) return null
  const safe = withoutPrototype(data) as SessionRecord['data']
  return { auth, data: safe, expiry, createdAt, lastSeenAt, expiresAt, absoluteExpiresAt }
}

function authIn(value: unknown): SessionAuth | null | undefined {
  if (value === null) return null
  if (!isObject(value)) return undefined
  const { userId, epoch, backend } = value
  if (typeof userId !== 'string' || typeof backend !== 'string' || !isWhole(epoch)) return undefined
  return { userId, epoch, backend }
}

function expiryIn(value: unknown): Expiry | undefined {
  if (value === null || value === 'browser') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (!isObject(value)) return undefined
  const { at } = value
  return isWhole(at) ? { at } : undefined
}

type Members = { readonly [name: string]: unknown }

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON can hold numbers that are not exact, and 1e999, which is infinite. */
function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

/** `__proto__` may come in JSON, and no code should ever assign it. */
function withoutPrototype(data: Members): Members {
  if (!Object.hasOwn(data, '__proto__')) return data
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== '__proto__'))
}
