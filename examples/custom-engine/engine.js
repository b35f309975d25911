/**
 * Keeps records in this process's memory. A store for other processes, too, does the comparisons of `create`, `save` and
 * `delete` where it keeps the records: as a conditional statement, or a script.
 * @type {import('coatcheck').CreateStore}
 */
export function createStore() {
  /** @type {Map<string, import('coatcheck').StoredRecord>} */
  const records = new Map()
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
      if (!found) return 'gone'
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
  }
}
