import { randomUUID } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562, section 5.7), as Prisma makes them for what it stores itself: it begins with the time, in
 * milliseconds since 1970, so that the newest row of a table is the last one of its index.
 */
export function createUuid(at = Date.now()): string {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
