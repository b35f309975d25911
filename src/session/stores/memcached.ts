import { randomUUID } from 'node:crypto'
import type { SessionId } from '../key.ts'
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
 * Keeps records on the Memcached servers of `memcached://host:port,host:port`. They need not be up: calls about what is
 * kept on a server that is down, or hangs, reject within the time limit, and succeed again once it is back. The store
 * tries nothing twice, so a rejected write may have been stored. Memcached removes what has expired, or has no room any more.
 *
 * Memcached forgets what it deleted, and yet nothing comes back: `save` swaps a state that is still there, and `create`
 * is for ids that are random and never used again.
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
      // Memcached's delete compares nothing. A value that is swapped in already expired is gone at once.
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
   * Whole seconds, and one more: Memcached's clock ticks once a second, so that a value may go up to a second early. Past
   * thirty days Memcached takes the number for a date, by its own clock, which is the real one whatever `now` says.
   */
  function lifetimeOf({ expiresAt }: SessionRecord): number {
    const seconds = Math.max(1, Math.ceil((expiresAt - now()) / 1000)) + 1
    return seconds > thirtyDays ? Math.floor(Date.now() / 1000) + seconds : seconds
  }
}

const thirtyDays = 30 * 24 * 60 * 60

/**
 * The record as a value with a version of its own: Memcached does not give the writer the mark of the state that a write made,
 * and counts its states from one again when it restarts.
 */
function written(record: SessionRecord): { version: string; text: string } {
  const version = randomUUID()
  return { version, text: `${version}\n${encodeRecord(record)}` }
}

/** The value's parts, and the mark to swap it by; null where there is none, or none of ours, after a call of `onDamage`. */
async function look(server: Exchange, onDamage?: () => void) {
  const held = await server.get()
  if (held === null) return null
  const [, version, json] = /^([0-9a-f-]{36})\n(.*)$/s.exec(held.text) ?? []
  if (version !== undefined && json !== undefined) return { version, json, mark: held.mark }
  onDamage?.()
  return null
}
