import type { Client } from '../../http/client.ts'
import type { SessionRecord } from '../../session/record/record.ts'
import type { RowClocks } from '../../session/roster.ts'

/** The longest user agent that a row keeps, in UTF-16 units. */
const longestUserAgent = 512

/** A client, as the columns of its session's row. */
export function originOf({ ipAddress, userAgent }: Client): Client {
  return { ipAddress, userAgent: userAgent?.slice(0, longestUserAgent) ?? null }
}

/** The clocks of a record, as the columns of its row. */
export function clocksOf(record: SessionRecord) {
  return { createdAt: new Date(record.createdAt), ...clockColumns(record) }
}

/** The clocks of a record that change, as the columns of its row. */
export function clockColumns({ lastSeenAt, expiresAt, absoluteExpiresAt }: RowClocks) {
  return {
    lastSeenAt: new Date(lastSeenAt),
    expiresAt: new Date(expiresAt),
    absoluteExpiresAt: absoluteExpiresAt === null ? null : new Date(absoluteExpiresAt),
  }
}
