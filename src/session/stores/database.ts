import type { Database } from '../../database/database.ts'
import { isTaken } from '../../database/errors.ts'
import type { SessionId } from '../key.ts'
import { decodeRecord, encodeRecord } from '../record.ts'
import type { SessionRecord } from '../record.ts'
import type { OnDamage, SessionStore, Version } from '../store.ts'

/**
 * Keeps records in the Session table, beside the roster. This store owns `version` and `data`, and copies the clocks
 * for lists; the roster owns the rest. A row that the roster has ended holds no record and is never written again.
 */
export function createDatabaseStore(db: Database, onDamage?: OnDamage): SessionStore {
  return {
    async load(id) {
      const row = await db.session.findUnique({
        where: { id },
        select: { data: true, version: true, endedAt: true },
      })
      if (row === null || row.data === null || row.endedAt !== null) return null
      const record = decodeRecord(row.data, () => onDamage?.(id))
      return record && { ...record, version: row.version }
    },

    async create(id, record) {
      try {
        await db.session.create({ data: { id, version: 1, ...columnsOf(record) } })
        return 1
      } catch (error) {
        if (!isTaken(error)) throw error
        return (await fill(id, record)) ? 1 : null
      }
    },

    async save(id, record, version) {
      const next = Number(version) + 1
      const { count } = await db.session.updateMany({
        where: { ...live(id), version: Number(version) },
        data: { version: next, ...columnsOf(record) },
      })
      if (count === 1) return next
      return (await exists(id)) ? 'conflict' : 'gone'
    },

    async delete(id, version) {
      const where = version === undefined ? live(id) : { ...live(id), version: Number(version) }
      const { count } = await db.session.deleteMany({ where })
      if (count === 0 && version !== undefined && (await exists(id))) return 'conflict'
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
          const record = row.data === null ? null : decodeRecord(row.data)
          if (record)
            yield {
              id: row.id as SessionId,
              record: { ...record, version: row.version as Version },
            }
        }
        if (rows.length < 500) return
      }
    },
  }

  /** The row may be the roster's alone: the record was kept by another engine so far. */
  async function fill(id: SessionId, record: SessionRecord): Promise<boolean> {
    const where = { id, endedAt: null, data: null }
    const data = { version: 1, ...columnsOf(record) }
    return (await db.session.updateMany({ where, data })).count === 1
  }

  async function exists(id: SessionId): Promise<boolean> {
    return (await db.session.count({ where: live(id) })) === 1
  }
}

function live(id: SessionId) {
  return { id, endedAt: null, data: { not: null } }
}

function columnsOf(record: SessionRecord) {
  return {
    data: encodeRecord(record),
    createdAt: new Date(record.createdAt),
    lastSeenAt: new Date(record.lastSeenAt),
    expiresAt: new Date(record.expiresAt),
    absoluteExpiresAt:
      record.absoluteExpiresAt === null ? null : new Date(record.absoluteExpiresAt),
  }
}
