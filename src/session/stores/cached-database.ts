import type { Dependency } from '../../waiting/dependency.ts'
import type { SessionId } from '../key.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SessionStore, StoredRecord } from '../store.ts'

/** What the cached database needs to know. */
export interface CachedDatabaseOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Watches the cache, which may fail: no request fails with it. */
  readonly dependency: Dependency
}

/** How long a copy may be used, in milliseconds. After that the cache forgets it. */
const longestUse = 60_000

/**
 * Keeps records in `database` and copies of them in `cache`. The database decides every write, and answers every load. It
 * copies only sessions of signed-in visitors. The server checks those against the roster, so that no copy, however old, can
 * bring back an ended session. The roster also says which version is stored; the server replaces a copy of any other. A cache
 * that fails only makes requests slower.
 */
export function createCachedDatabaseStore(
  database: SessionStore,
  cache: SessionStore,
  { now, dependency }: CachedDatabaseOptions,
): SessionStore {
  return {
    ...database,

    copies: {
      find: (id) => (dependency.isDown ? null : find(id)),
      keep,
    },

    async create(id, record) {
      const version = await database.create(id, record)
      if (version !== null) await keep(id, { ...record, version })
      return version
    },

    async save(id, record, version) {
      const outcome = await database.save(id, record, version)
      if (outcome !== 'conflict' && outcome !== 'gone')
        await keep(id, { ...record, version: outcome })
      return outcome
    },

    async delete(id, version) {
      const outcome = await database.delete(id, version)
      if (outcome !== 'conflict') await trying((store) => store.delete(id))
      return outcome
    },

    async close() {
      await cache.close?.()
      await database.close?.()
    },
  }

  async function find(id: SessionId): Promise<StoredRecord | null> {
    const copy = await trying(async (store) => store.load(id))
    return copy && now() < copy.expiresAt ? recordOf(copy) : null
  }

  /**
   * Copies `record` in place of a copy of any other version. Which of the two is newer, versions do not say, and need not: a
   * copy of another version than the row's is not used.
   */
  async function keep(id: SessionId, record: StoredRecord): Promise<void> {
    if (record.auth === null) return
    const copy = copyOf(record, now())
    await trying(async (store) => {
      for (let attempt = 0; attempt < 10; attempt++) {
        const found = await store.load(id)
        const isKept = found !== null && recordOf(found).version === record.version
        if (isKept && now() < found.expiresAt) return
        const outcome = found
          ? await store.save(id, copy, found.version)
          : ((await store.create(id, copy)) ?? 'conflict')
        if (outcome !== 'conflict' && outcome !== 'gone') return
      }
    })
  }

  async function trying<Result>(
    work: (store: SessionStore) => Promise<Result>,
  ): Promise<Result | null> {
    if (dependency.isDown) return null
    try {
      return await dependency.call(() => work(cache))
    } catch {
      return null // the database goes on without it
    }
  }
}

/** What the cache keeps: the record, with the database's version and clocks beside its data, because the cache has its own. */
function copyOf(record: StoredRecord, at: number): SessionRecord {
  const { version, expiry, expiresAt, data, ...rest } = record
  return {
    ...rest,
    data: { version, expiry, expiresAt, data },
    expiry: null,
    expiresAt: Math.min(expiresAt, at + longestUse),
  }
}

function recordOf(copy: StoredRecord): StoredRecord {
  const { version: _cacheVersion, ...rest } = copy
  return {
    ...rest,
    ...(copy.data as Pick<StoredRecord, 'version' | 'expiry' | 'expiresAt' | 'data'>),
  }
}
