import type { Database } from '../../database/database.ts'
import type { Expiry } from '../../session/record/expiry.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionRecord } from '../../session/record/record.ts'
import type { SessionStore } from '../../session/store.ts'
import { clocksOf } from '../roster/roster-row.ts'
import { listedColumns } from './session-list.ts'
import type { ListedSession } from './session-list.ts'

/** What a store holds under a session's id. */
export interface HeldRecord {
  readonly data: SessionRecord['data']
  /** What the visitor asked for, or null for the operator's policy. */
  readonly expiry: Expiry
  /** The backend that vouched for the user; null for a guest. */
  readonly backend: string | null
  /** How large its data is as JSON. */
  readonly bytes: number
}

/** All that the server knows of one session. */
export interface InspectedSession extends ListedSession {
  readonly absoluteExpiresAt: Date | null
  /** The session whose place it took when the visitor got a new key, and when; null where it took none. */
  readonly previousId: string | null
  readonly previousAt: Date | null
  /** Null where it is over, or where no store of the server has it. */
  readonly record: HeldRecord | null
  /** Does the roster have a row of it? A guest's may be in the store alone, which knows neither device nor address. */
  readonly isListed: boolean
}

/** Looks at one session, for staff. */
export interface SessionInspection {
  /** Null where neither the roster nor the store has such a session. */
  inspect(id: SessionId): Promise<InspectedSession | null>
}

/** Reads the row of the roster, if there is one, and the record of a session that has not ended. */
export function createSessionInspection({
  db,
  store,
}: {
  readonly db: Database
  readonly store: SessionStore
}): SessionInspection {
  return {
    async inspect(id) {
      const row = await db.session.findUnique({ where: { id }, select: columns })
      const record = row === null || row.endedAt === null ? await store.load(id) : null
      if (row !== null) return { ...row, record: record && heldIn(record), isListed: true }
      // A record that names a user opens nothing without its row.
      return record === null || record.auth !== null ? null : unlisted(id, record)
    },
  }
}

function unlisted(id: SessionId, record: SessionRecord): InspectedSession {
  return {
    id,
    user: null,
    ...clocksOf(record),
    endedAt: null,
    endReason: null,
    ipAddress: null,
    userAgent: null,
    previousId: null,
    previousAt: null,
    record: heldIn(record),
    isListed: false,
  }
}

function heldIn({ data, expiry, auth }: SessionRecord): HeldRecord {
  const bytes = Buffer.byteLength(JSON.stringify(data))
  return { data, expiry, backend: auth?.backend ?? null, bytes }
}

const columns = {
  ...listedColumns,
  absoluteExpiresAt: true,
  previousId: true,
  previousAt: true,
} as const
