import type { SessionRecord } from '../../src/session/record/record.ts'

/**
 * As file-worker.mjs makes them: whole or not, and by whose count, can be told from the content alone. It is longer than one
 * read of the thread pool.
 */
export function recordOf(count: number): SessionRecord {
  return {
    auth: null,
    data: { count, note: `${count} `.repeat(5_000) },
    expiry: null,
    createdAt: 0,
    lastSeenAt: 0,
    expiresAt: 8_640_000_000_000_000,
    absoluteExpiresAt: null,
  }
}
