import { randomBytes } from 'node:crypto'
import { parseId } from '../key.ts'
import type { SessionId } from '../key.ts'
import { keptFor } from '../record/expiry.ts'
import { decodeRecord, encodeRecord } from '../record/record.ts'
import type { SessionRecord } from '../record/record.ts'
import type { OnDamage, SessionStore, StoredRecord } from '../store.ts'
import type { Client, Cluster } from './redis-client.ts'
import { connectToRedis } from './redis-connection.ts'
import type { ConnectionOptions } from './redis-connection.ts'
import { RedisMisconfigured } from './redis-faults.ts'

/** How to keep sessions in Redis. */
export interface RedisStoreOptions extends ConnectionOptions {
  readonly onDamage?: OnDamage
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What comes before the session's id in its key; `coatcheck:session:` by default. */
  readonly prefix?: string
}

/** The store of sessions in Redis, Valkey or a cluster of either. */
export interface RedisStore extends SessionStore {
  list(): AsyncIterable<{ id: SessionId; record: StoredRecord }>
  size(): Promise<number>
  close(): Promise<void>
  /** A warning where Redis may evict live sessions when its memory is full; null where it would not, or does not answer. */
  evictionWarning(): Promise<string | null>
}

/**
 * Keeps each record as one string, `<version>:<json>`, that Redis itself forgets when the session expires. A call is one
 * round trip. Opens even while Redis is down; its calls reject until it is up. Throws where `url` is no address of Redis, and
 * `RedisMisconfigured` where Redis refuses what sessions need: then it leaves nothing open.
 */
export async function openRedisStore(url: string, options: RedisStoreOptions): Promise<RedisStore> {
  const { now, prefix = 'coatcheck:session:' } = options
  let isOpen = false
  const onError = (error: unknown) => {
    if (isOpen || !(error instanceof RedisMisconfigured)) options.onError(error) // else it is thrown
  }
  const redis = await connectToRedis(url, { ...options, onError })
  const keyOf = (id: SessionId) => prefix + id
  await redis
    .run((client) => tryRights(client, `${prefix}trial`))
    .catch(async (error: unknown) => {
      const mistake = RedisMisconfigured.of(error)
      if (mistake === null) return // an outage, which may pass
      await redis.close()
      throw mistake
    })
  isOpen = true
  // Relative, so that the server's clock counts; Redis refuses less than a millisecond.
  const lifetimeOf = (record: SessionRecord) => Math.max(1, Math.ceil(keptFor(record, now())))

  return {
    load,

    async create(id, record) {
      const version = createVersion()
      const expiration = { type: 'PX', value: lifetimeOf(record) } as const
      const options = { condition: 'NX', expiration } as const
      const reply = await redis.run((redis) =>
        redis.set(keyOf(id), textOf(version, record), options),
      )
      return reply === null ? null : version
    },

    async save(id, record, version) {
      const next = createVersion()
      const [key, text, lifetime] = [keyOf(id), textOf(next, record), lifetimeOf(record)]
      const outcome = await redis.run((redis) =>
        redis.saveVersion(key, String(version), text, lifetime),
      )
      return outcome === 'saved' ? next : outcome
    },

    async delete(id, version) {
      if (version === undefined) {
        await redis.run((redis) => redis.del(keyOf(id)))
        return
      }
      const outcome = await redis.run((redis) => redis.deleteVersion(keyOf(id), String(version)))
      if (outcome === 'conflict') return outcome
    },

    async deleteMany(ids) {
      if (ids.length === 0) return
      const keys = ids.map(keyOf)
      // The keys of a cluster belong to several servers.
      await redis.run((redis): Promise<unknown> =>
        'masters' in redis ? Promise.all(keys.map((key) => redis.del(key))) : redis.del(keys),
      )
    },

    async clearExpired() {
      return 0
    },

    async *list() {
      const MATCH = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
      for (const server of await redis.servers()) {
        for await (const keys of server.scanIterator({ MATCH, COUNT: 100 })) {
          // SCAN may name a key twice. Remembering the names would take memory for the whole store.
          const ids = keys.flatMap((key) => parseId(key.slice(prefix.length)) ?? [])
          const records = await Promise.all(ids.map(load))
          for (const [at, id] of ids.entries()) {
            const record = records[at]
            if (record) yield { id, record }
          }
        }
      }
    },

    /** Counts all keys of the database, which in most deployments has only sessions. */
    async size() {
      const counts = (await redis.servers()).map((server) => server.dbSize())
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
    },

    async evictionWarning() {
      try {
        const servers = await redis.servers()
        const warnings = await Promise.all(
          servers.map(async (server) => judgeEviction(await server.info('memory'))),
        )
        return warnings.find((warning) => warning !== null) ?? null
      } catch {
        return null // Redis does not allow INFO, or is down
      }
    },

    close: () => redis.close(),
  }

  // One promise more than the client's, because every request waits for this.
  function load(id: SessionId): Promise<StoredRecord | null> {
    return redis
      .run((redis) => redis.get(keyOf(id)))
      .then((text) => (text === null ? null : recordOf(id, text)), nullIfWrongType)
  }

  function recordOf(id: SessionId, text: string): StoredRecord | null {
    const end = text.indexOf(':')
    const record = decodeRecord(text.slice(end + 1), () => options.onDamage?.(id))
    return record && { ...record, version: text.slice(0, end) }
  }
}

/** Sends each command that sessions need for a key that does not exist, so that it writes nothing. */
async function tryRights(redis: Client | Cluster, key: string): Promise<void> {
  await redis.get(key)
  await redis.set(key, '', { condition: 'XX', expiration: { type: 'PX', value: 1 } })
  await redis.saveVersion(key, '', '', 1)
  await redis.del(key)
  // Redis needs it while a slot moves between nodes. It counts for the next command alone. Some services have no such command.
  if (!('masters' in redis)) return
  for (const master of redis.masters) {
    const asking = (await redis.nodeClient(master)).sendCommand(['ASKING'])
    await asking.catch((error: Error) => {
      if (error.message.startsWith('NOPERM')) throw error
    })
  }
}

/**
 * Random, so that no version comes twice. After a failover to a replica that lacks the newest saves, a counter would give two
 * writers' states the same version.
 */
function createVersion(): string {
  return randomBytes(12).toString('base64url')
}

function textOf(version: string, record: SessionRecord): string {
  return `${version}:${encodeRecord(record)}`
}

/** Null for the error of a key that holds no string: its record is damaged. */
function nullIfWrongType(error: unknown): null {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null
  throw error
}

/** INFO says what CONFIG GET would, and managed servers allow it. */
function judgeEviction(info: string): string | null {
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? '0'
  const policy = /^maxmemory_policy:([\w-]+)/m.exec(info)?.[1] ?? 'noeviction'
  if (limit === '0' || policy === 'noeviction') return null
  return `Redis ends live sessions when it has used its ${limit} bytes: its maxmemory-policy is ${policy}. Set it to noeviction.`
}
