import { join } from 'node:path'
import { isExpired } from '../expiry.ts'
import type { SessionId } from '../key.ts'
import type { SessionStore, StoredRecord } from '../store.ts'
import { directoryOf, parseVersion, stagingIn, token, versionAfter } from './file-names.ts'
import { look, read, remove, replace, start } from './file-session.ts'
import { idsIn, shards, sweepSession, sweepStaging } from './file-sweep.ts'

/**
 * Keeps records in files below `path`, which is made where it is missing. Any number of processes of one machine may
 * share it, and be killed at any moment: a session is then as it was before the write, or after. What is damaged loads
 * as nothing; a disk that is full, or may not be read, rejects.
 */
export function createFileStore({ path }: { readonly path: string }): SessionStore {
  /** Where the next sweep begins, so that many small ones come round as one large one would. */
  let nextShard = 0

  return {
    load,

    async create(id, record) {
      const version = versionAfter(null)
      const staged = join(stagingIn(path), token())
      return (await start(directoryOf(path, id), staged, version, record)) ? version : null
    },

    async save(id, record, version) {
      const directory = directoryOf(path, id)
      const before = parseVersion(version)
      if (before === null) return (await look(directory)) ? 'conflict' : 'gone'
      const after = versionAfter(before)
      if (await replace(directory, before, after, record)) return after
      return (await look(directory)) ? 'conflict' : 'gone'
    },

    async delete(id, version) {
      const outcome = await remove(
        directoryOf(path, id),
        version === undefined ? undefined : parseVersion(version),
      )
      if (outcome === 'conflict') return outcome
    },

    async clearExpired(now, limit) {
      let removed = 0
      const first = nextShard
      await sweepStaging(path)
      for (let turn = 0; turn < shards; turn++) {
        nextShard = (first + turn) % shards
        for (const id of await idsIn(path, nextShard)) {
          if (removed >= limit) return removed
          const directory = directoryOf(path, id)
          const found = await read(directory)
          if (!found?.record || !isExpired(found.record, now)) await sweepSession(directory)
          else if ((await remove(directory, found.version)) === 'removed') removed++
        }
      }
      return removed
    },

    async *list() {
      for (let shard = 0; shard < shards; shard++) {
        for (const id of await idsIn(path, shard)) {
          const record = await load(id)
          if (record) yield { id, record }
        }
      }
    },
  }

  async function load(id: SessionId): Promise<StoredRecord | null> {
    const found = await read(directoryOf(path, id))
    return found && found.record && { ...found.record, version: found.version }
  }
}
