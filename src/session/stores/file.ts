import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isExpired } from '../record/expiry.ts'
import { parseId } from '../key.ts'
import type { SessionId } from '../key.ts'
import type { OnDamage, SessionStore, StoredRecord, Version } from '../store.ts'
import { absent, isOld, mayClear, takeAway, unless } from './file-disk.ts'
import { createFileReader } from './file-reader.ts'
import { end, look, read, replace, start, tidy } from './file-session.ts'

/**
 * Keeps records in files below `path`, which it makes where it is missing. Any number of processes of one machine may share
 * it. A process may be killed at any moment: a session is then as it was before the write, or after. A damaged record loads
 * as none; a disk that is full or unreadable rejects.
 */
export function createFileStore({
  path,
  onDamage,
}: {
  readonly path: string
  readonly onDamage?: OnDamage
}): SessionStore {
  const reader = createFileReader()
  /** Here the store builds new sessions and takes old ones apart. */
  const staging = join(path, 'staging')
  /** Where the next sweep begins, so that small sweeps together reach every shard. */
  let nextShard = 0

  return {
    load,

    async create(id, record) {
      return start(directoryOf(id), staging, record)
    },

    async save(id, record, version) {
      const directory = directoryOf(id)
      const after = await replace(directory, parseVersion(version), record)
      if (after !== null) return after
      return (await look(directory)) ? 'conflict' : 'gone'
    },

    async delete(id, version) {
      const directory = directoryOf(id)
      if (version === undefined) await takeAway(directory, staging)
      else if (await end(directory, staging, parseVersion(version))) return
      else if (await look(directory)) return 'conflict'
    },

    async clearExpired(now, limit) {
      let removed = 0
      for await (const count of clearing(now, () => limit - removed))
        if ((removed += count) >= limit) break
      return removed
    },

    async *clearing(now, size, { unlessAnother = false } = {}) {
      if ((await mayClear(path)) || !unlessAnother) yield* clearing(now, size)
    },

    async *list() {
      for (let shard = 0; shard < shards; shard++) {
        for (const id of await idsIn(shard)) {
          const record = await load(id)
          if (record) yield { id, record }
        }
      }
    },

    async size() {
      let count = 0
      for (let shard = 0; shard < shards; shard++) count += (await idsIn(shard)).length
      return count
    },

    async close() {
      reader.close()
    },
  }

  /** Goes once through all shards, and begins with the one where the last caller stopped. */
  async function* clearing(now: number, size: () => number): AsyncGenerator<number, void> {
    await clearStaging()
    for (let turn = 0; turn < shards; turn++) {
      let [removed, looks] = [0, 0]
      for (const id of await idsIn(nextShard)) {
        if (await clearOne(id, now)) removed++
        if (++looks < size()) continue
        yield removed
        removed = looks = 0
      }
      yield removed
      nextShard = (nextShard + 1) % shards
    }
  }

  /** Removes a session that has expired; of a live one, what killed processes have left. Did it remove the session? */
  async function clearOne(id: SessionId, now: number): Promise<boolean> {
    const directory = directoryOf(id)
    const found = await read(directory)
    if (found?.record && isExpired(found.record, now))
      return end(directory, staging, found.version, { hasExpired: true })
    await tidy(directory, staging, found)
    return false
  }

  async function load(id: SessionId): Promise<StoredRecord | null> {
    const found = await reader.read(directoryOf(id))
    if (found?.record === null) onDamage?.(id)
    return found && found.record && { ...found.record, version: found.version }
  }

  /** The directory of a session. Throws for text that is no id, so that no name leads out of `path`. */
  function directoryOf(id: SessionId): string {
    if (parseId(id) === null) throw new Error('A session id is 64 hexadecimal digits.')
    return join(path, id.slice(0, 2), id)
  }

  /** Removes what killed processes left half built or half removed. */
  async function clearStaging(): Promise<void> {
    for (const name of (await unless(absent, readdir(staging))) ?? []) {
      const directory = join(staging, name)
      if (await isOld(directory)) await takeAway(directory, staging)
    }
  }

  /** The ids that have a directory in a shard, with a session in it or not. */
  async function idsIn(shard: number): Promise<SessionId[]> {
    const directory = join(path, shard.toString(16).padStart(2, '0'))
    const names = (await unless(absent, readdir(directory))) ?? []
    return names.map(parseId).filter((id) => id !== null)
  }
}

/** How many directories share the sessions: one for each pair of digits that an id may begin with. */
const shards = 256

/** `version` as this store makes them. Throws for any other, so that no name leads out of a session's directory. */
function parseVersion(version: Version): string {
  const text = String(version)
  if (!/^[0-9a-f]{32}$/.test(text)) throw new Error('A version is 32 hexadecimal digits.')
  return text
}
