import { randomInt } from 'node:crypto'
import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { SessionId } from '../key.ts'
import { decodeRecord, encodeRecord } from '../record/record.ts'
import type { SessionRecord } from '../record/record.ts'
import { firstVersion } from '../store.ts'
import type { OnDamage, SessionStore, StoredRecord } from '../store.ts'

/** The condition of a row that holds a record. */
const live = `"endedAt" IS NULL AND data IS NOT NULL`

const load = statement<{ readonly data: string; readonly version: number }>(
  `SELECT data, version FROM "Session" WHERE id = $1 AND ${live}`,
)
const create = statement(
  `INSERT INTO "Session" (id, version, data, "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt")
   VALUES ($1, ${firstVersion}, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
)
/** Leaves out `createdAt`, which never changes: SQLite writes each index of a column that an update names. */
const save = statement(
  `UPDATE "Session" SET version = $7, data = $2, "lastSeenAt" = $3, "expiresAt" = $4, "absoluteExpiresAt" = $5
   WHERE id = $1 AND version = $6 AND ${live}`,
)
const remove = statement(`DELETE FROM "Session" WHERE id = $1 AND ${live}`)
const removeAt = statement(`DELETE FROM "Session" WHERE id = $1 AND version = $2 AND ${live}`)
/**
 * A row without a record may take one, unless it has ended. The last word of a guest's session (auth/roster/last-words.ts) is
 * not an end: the server removes the record after it, and a process that was killed in between leaves a session that goes on.
 * But a word that is newer than `$8` belongs to an end that may be under way.
 */
const mayMoveIn = `s.data IS NULL AND (s."endedAt" IS NULL OR (s."endedAt" <= $8 AND s."userId" IS NULL AND s.epoch IS NULL
   AND s.version = 0 AND s."endReason" IN ('LOGOUT', 'REVOKED')))`
const adopt = statement(
  `INSERT INTO "Session" AS s (id, version, data, "createdAt", "lastSeenAt", "expiresAt", "absoluteExpiresAt")
   VALUES ($1, $7, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET version = $7, data = $2, "createdAt" = $3,
     "lastSeenAt" = $4, "expiresAt" = $5, "absoluteExpiresAt" = $6, "endedAt" = NULL, "endReason" = NULL
   WHERE ${mayMoveIn}`,
)
const forget = statement(
  `DELETE FROM "Session" WHERE id = $1 AND version = $2 AND "userId" IS NULL AND "endedAt" IS NULL`,
)
const empty = statement(
  'UPDATE "Session" SET data = NULL, version = 0 WHERE id = $1 AND version = $2',
)

/** The statements of this store, for the test that compares their columns with the schema. */
export const recordStatements = { load, create, save, remove, removeAt, adopt, forget, empty }

/** How long the end of a session may be under way behind its last word, in milliseconds: longer than a request may take. */
const endUnderWay = 30_000

/**
 * Keeps records in the roster's rows. This store saves `version` and `data`, and copies the clocks for lists; the roster owns
 * the rest, inserts both with the row of a new key, and empties `data` where it ends a session. A row that the roster has
 * ended holds no record and is never written again. `now`: milliseconds since 1970.
 */
export function createDatabaseStore(
  db: Database,
  onDamage?: OnDamage,
  now: () => number = Date.now,
): SessionStore {
  const { statements } = db
  const isThere = async (id: SessionId) => (await statements.first(load, [id])) !== null

  return {
    async load(id) {
      const row = await statements.first(load, [id])
      return row && recordOf(id, row, onDamage)
    },

    async create(id, record) {
      const { count } = await statements.write(create, [id, ...columnsOf(record)])
      return count === 1 ? firstVersion : null
    },

    async save(id, record, version) {
      const [data, , ...clocks] = columnsOf(record)
      const next = createVersion()
      const { count } = await statements.write(save, [id, data, ...clocks, version, next])
      if (count === 1) return next
      return (await isThere(id)) ? 'conflict' : 'gone'
    },

    async delete(id, version) {
      if (version === undefined) return void (await statements.write(remove, [id]))
      const { count } = await statements.write(removeAt, [id, version])
      if (count === 0 && (await isThere(id))) return 'conflict'
    },

    async clearExpired(now, limit) {
      const { count } = await db.session.deleteMany({
        where: { expiresAt: { lte: new Date(now) } },
        limit,
      })
      return count
    },

    async *list() {
      let after = ''
      for (;;) {
        const rows = await db.session.findMany({
          where: { id: { gt: after }, endedAt: null, data: { not: null } },
          orderBy: { id: 'asc' },
          take: 500,
        })
        for (const row of rows) {
          after = row.id
          const id = row.id as SessionId
          const record = recordOf(id, row)
          if (record) yield { id, record }
        }
        if (rows.length < 500) return
      }
    },

    size: (now) => db.session.count({ where: { expiresAt: { gt: new Date(now) } } }),

    /** The roster already has the row of a signed-in session, or the last word of a guest whose logout was cut short. */
    async adopt(id, record) {
      const version = createVersion()
      const latest = new Date(now() - endUnderWay)
      const { count } = await statements.write(adopt, [id, ...columnsOf(record), version, latest])
      return count === 1 ? version : null
    },

    /** Empties the row of a signed-in session, which the roster keeps, and deletes that of a guest. */
    async release(id, version) {
      await statements.write(forget, [id, version])
      await statements.write(empty, [id, version])
    },
  }
}

/**
 * A version that this row never had. Random, because a counter gives a version out again after a failover to a replica that
 * lacks the newest writes, and after a restored backup: a process or a cache may still hold what had it before. Half of what
 * the column takes is left to builds that add one.
 */
function createVersion(): number {
  return randomInt(firstVersion + 1, 2 ** 30)
}

/** The record that a row holds; null where it holds none that can be read, after a call of `onDamage`. */
export function recordOf(
  id: SessionId,
  { data, version }: { readonly data: string | null; readonly version: number },
  onDamage?: OnDamage,
): StoredRecord | null {
  const record = data === null ? null : decodeRecord(data, () => onDamage?.(id))
  return record && { ...record, version }
}

function columnsOf(record: SessionRecord) {
  const { createdAt, lastSeenAt, expiresAt, absoluteExpiresAt } = record
  return [
    encodeRecord(record),
    new Date(createdAt),
    new Date(lastSeenAt),
    new Date(expiresAt),
    absoluteExpiresAt === null ? null : new Date(absoluteExpiresAt),
  ] as const
}
