import type { SessionId } from '../../src/session/key.ts'
import type { SessionStore, StoredRecord } from '../../src/session/store.ts'

/** A custom engine in full: records in this process's memory. `SESSION_ENGINE` may be the path of a module like this. */
export function createStore(): SessionStore {
  const records = new Map<SessionId, StoredRecord>()
  let last = 0

  return {
    async load(id) {
      return records.get(id) ?? null
    },

    async create(id, record) {
      if (records.has(id)) return null
      records.set(id, { ...record, version: ++last })
      return last
    },

    async save(id, record, version) {
      const found = records.get(id)
      if (found === undefined) return 'gone'
      if (found.version !== version) return 'conflict'
      records.set(id, { ...record, version: ++last })
      return last
    },

    async delete(id, version) {
      const found = records.get(id)
      if (found && version !== undefined && found.version !== version) return 'conflict'
      records.delete(id)
    },

    async clearExpired(now, limit) {
      const over = [...records].filter(([, { expiresAt }]) => expiresAt <= now).slice(0, limit)
      for (const [id] of over) records.delete(id)
      return over.length
    },

    async *list() {
      for (const [id, record] of records) yield { id, record }
    },
  }
}
