import { z } from 'zod'
import type { Json } from './data.ts'
import type { Clocks } from './expiry.ts'

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

const instant = z.number().int()

const recordSchema = z.object({
  auth: z.object({ userId: z.string(), epoch: z.number().int(), backend: z.string() }).nullable(),
  data: z.record(z.string(), z.unknown()),
  expiry: z.union([z.null(), z.number(), z.literal('browser'), z.object({ at: instant })]),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  absoluteExpiresAt: instant.nullable(),
})

/** The record as text, for any store. */
export function encodeRecord(record: SessionRecord): string {
  return JSON.stringify(record)
}

/**
 * The record that `encodeRecord` wrote; null for text that is no record, which opens no session and breaks no request.
 * `onDamage` is told of such text.
 */
export function decodeRecord(text: string, onDamage?: () => void): SessionRecord | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = null // SyntaxError: damaged at rest
  }
  const parsed = recordSchema.safeParse(value)
  if (parsed.success) return parsed.data as SessionRecord
  onDamage?.()
  return null
}
