import { randomUUID } from 'node:crypto'
import type { SessionId } from '../key.ts'
import { keptFor } from '../record/expiry.ts'
import { decodeRecord, encodeRecord } from '../record/record.ts'
import type { SessionRecord } from '../record/record.ts'
import type { OnDamage, SessionStore } from '../store.ts'
import { openServers } from './memcached-servers.ts'
import type { Exchange } from './memcached-servers.ts'

/** How a Memcached store keeps time. */
export interface MemcachedOptions {
  readonly onDamage?: OnDamage
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The most milliseconds that any call may take before it rejects; 500 by default. */
  readonly timeout?: number
  /** What comes before the session's id in its key; `coatcheck:session:` by default. */
  readonly prefix?: string
}

/**
 * Keeps records on the Memcached servers of `memcached://host:port,host:port`. They need not be up: calls to a server that is
 * down, or hangs, reject within the time limit, and succeed again once it is back. The store tries nothing twice, so a
 * rejected write may have been stored. Memcached removes records that have expired, and others when it is full.
 *
 * Memcached leaves no trace of a deleted record, and yet none comes back: `save` only replaces a state that is still there,
 * and `create` is for random ids, which are never used again.
 */
export function openMemcachedStore(
  address: string,
  { now, timeout = 500, prefix = 'coatcheck:session:', onDamage }: MemcachedOptions,
): SessionStore {
  const servers = openServers(address, timeout)

  return {
    async load(id) {
      const tell = () => onDamage?.(id)
      const found = await look(about(id), tell)
      const record = found && decodeRecord(found.json, tell)
      return record && { ...record, version: found.version }
    },

    async create(id, record) {
      const { version, text } = written(record)
      const stored = await about(id).add(text, lifetimeOf(record))
      return stored ? version : null
    },

    async save(id, record, version) {
      const server = about(id)
      const found = await look(server)
      if (found === null) return 'gone'
      if (found.version !== version) return 'conflict'
      const next = written(record)
      const outcome = await server.swap(next.text, lifetimeOf(record), found.mark)
      if (outcome === 'done') return next.version
      return outcome === 'missing' ? 'gone' : 'conflict'
    },

    async delete(id, version) {
      const server = about(id)
      if (version === undefined) return server.remove()
      const found = await look(server)
      if (found === null) return
      if (found.version !== version) return 'conflict'
      // Memcached's delete compares nothing. A swap for a value that has expired already removes it at once.
      if ((await server.swap('', -1, found.mark)) === 'changed') return 'conflict'
    },

    async clearExpired() {
      return 0
    },

    async close() {
      servers.close()
    },
  }

  function about(id: SessionId): Exchange {
    return servers.about(prefix + id)
  }

  /**
   * Whole seconds, and one more: Memcached's clock ticks once a second, so a value may go up to a second early. Past thirty
   * days Memcached takes the number for a date by its own clock, which runs in real time whatever `now` says.
   */
  function lifetimeOf(record: SessionRecord): number {
    const seconds = Math.max(1, Math.ceil(keptFor(record, now()) / 1000)) + 1
    return seconds > thirtyDays ? Math.floor(Date.now() / 1000) + seconds : seconds
  }
}

const thirtyDays = 30 * 24 * 60 * 60

/**
 * The record as a value with a version of its own: Memcached does not tell a writer the mark of the new state, and starts its
 * marks from one again when it restarts.
 */
function written(record: SessionRecord): { version: string; text: string } {
  const version = randomUUID()
  return { version, text: `${version}\n${encodeRecord(record)}` }
}

/**
 * The value's parts, and its mark for a swap; null where there is no value. Null after a call of `onDamage` where the value
 * is not ours.
 */
async function look(server: Exchange, onDamage?: () => void) {
  const held = await server.get()
  if (held === null) return null
  const [, version, json] = /^([0-9a-f-]{36})\n(.*)$/s.exec(held.text) ?? []
  if (version !== undefined && json !== undefined) return { version, json, mark: held.mark }
  onDamage?.()
  return null
}
