import { clearStore } from '../clearing.ts'
import type { SessionId } from '../key.ts'
import { moveRecord, putIntoPlace } from './move.ts'
import { standingOf } from './move-marks.ts'
import type { SessionStore, StoredRecord, Version } from '../store.ts'
import { SessionBusy } from '../../refusals.ts'

/** The two stores of an engine that moves. */
export interface MovingStores {
  /** New sessions go here. */
  readonly current: SessionStore
  /** Older sessions may still be here. */
  readonly previous: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How often a load looks before it gives up, because records move meanwhile. */
const looks = 20

/**
 * Keeps sessions in two stores while they move from one to the other. A session is read and written where it is; only its
 * move puts it elsewhere (move.ts). So sessions may move either way, and processes that have the two stores the other way
 * round may serve at the same time. Where the previous store cannot list its records, each session moves at its next write. A
 * load throws `SessionBusy` where the session moves again at every look.
 */
export function createMovingStore({ current, previous, now }: MovingStores): SessionStore {
  const movesOnWrite = previous.list === undefined && current.list !== undefined

  return {
    load,

    async create(id, record) {
      // An id counts as taken in either store.
      const version = (await previous.load(id)) ? null : await current.create(id, record)
      return version === null ? null : versionIn(current, version)
    },

    async save(id, record, version) {
      let [store, own] = placeOf(version)
      if (movesOnWrite && store === previous) {
        const moved = await moveRecord({ from: previous, to: current, now }, id)
        if (typeof moved !== 'string') {
          // Only a record that moved from the caller's version has the content that the caller has changed.
          if (moved.from !== own) return (await load(id)) === null ? 'gone' : 'conflict'
          ;[store, own] = [current, moved.to]
        }
      }
      const outcome = await store.save(id, record, own)
      // A record that is gone here may have moved to the other store.
      if (outcome === 'gone') return (await load(id)) === null ? 'gone' : 'conflict'
      return outcome === 'conflict' ? outcome : versionIn(store, outcome)
    },

    async delete(id, version) {
      if (version !== undefined) {
        const [store, own] = placeOf(version)
        if ((await store.delete(id, own)) === 'conflict' || (await load(id))) return 'conflict'
        return
      }
      for (let look = 0; look < looks; look++) {
        // This order catches a record that moves between the calls, either way, and the look one that moves there and back.
        for (const store of [current, previous, current]) await store.delete(id)
        if ((await load(id)) === null) return
      }
      throw new SessionBusy()
    },

    async clearExpired(at, limit) {
      const first = await current.clearExpired(at, limit)
      return first < limit ? first + (await previous.clearExpired(at, limit - first)) : first
    },

    async *clearing(at, size, options) {
      for (const store of [current, previous]) yield* clearStore(store, at, size, options)
    },

    async close() {
      await Promise.all([current.close?.(), previous.close?.()])
    },
  }

  async function load(id: SessionId): Promise<StoredRecord | null> {
    for (let look = 0, before = ''; look < looks; look++) {
      const one = await current.load(id)
      if (one && standingOf(one) === 'kept')
        return { ...one, version: versionIn(current, one.version) }
      const other = await previous.load(id)
      if (other && standingOf(other) === 'kept')
        return { ...other, version: versionIn(previous, other.version) }
      // A record may have moved from the second store to the first after the first was asked. If two looks agree, none has.
      const seen = JSON.stringify([one?.version, other?.version])
      if (seen === before) return null
      before = seen
      // The record that leaves has the content, even if the process that moved it has died.
      if (one && other && standingOf(one) === 'leaving') await putIntoPlace(previous, id, one)
      else if (one && other && standingOf(other) === 'leaving')
        await putIntoPlace(current, id, other)
    }
    throw new SessionBusy()
  }

  /** Each version names its store, so that a save looks for the record in that store only. */
  function versionIn(store: SessionStore, version: Version): Version {
    return `${store === current ? 'c' : 'p'}${JSON.stringify(version)}`
  }

  function placeOf(version: Version): [SessionStore, Version] {
    const text = String(version)
    return [text.startsWith('c') ? current : previous, JSON.parse(text.slice(1)) as Version]
  }
}
