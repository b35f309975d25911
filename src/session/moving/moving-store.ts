import { clearStore } from '../clearing.ts'
import type { SessionId } from '../key.ts'
import { moveRecord, putIntoPlace } from './move.ts'
import { standingOf } from './move-marks.ts'
import type { SessionStore, StoredRecord, Version } from '../store.ts'
import { SessionBusy } from '../../refusals.ts'

/** The two stores of an engine that moves. */
export interface MovingStores {
  /** Where new sessions go. */
  readonly current: SessionStore
  /** Where other sessions may still be. */
  readonly previous: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How often a load looks again where records move while it looks. */
const looks = 20

/**
 * Keeps sessions in two stores while they move from one to the other. A session is read and written where it is; only its move
 * puts it elsewhere (move.ts). So it is the same to this store which way they move, and processes for which the two stores have
 * changed places may serve at the same time.
 * Where the previous store cannot list what it holds, each session moves when it is next written.
 */
export function createMovingStore({ current, previous, now }: MovingStores): SessionStore {
  const movesOnWrite = previous.list === undefined && current.list !== undefined

  return {
    load,

    async create(id, record) {
      // A key that chance has made twice is taken, wherever the other session is.
      const version = (await previous.load(id)) ? null : await current.create(id, record)
      return version === null ? null : versionIn(current, version)
    },

    async save(id, record, version) {
      const [store, own] = placeOf(version)
      if (movesOnWrite && store === previous) {
        await moveRecord({ from: previous, to: current, now }, id)
        return (await load(id)) === null ? 'gone' : 'conflict'
      }
      const outcome = await store.save(id, record, own)
      // It may have gone to the other store.
      if (outcome === 'gone') return (await load(id)) === null ? 'gone' : 'conflict'
      return outcome === 'conflict' ? outcome : versionIn(store, outcome)
    },

    async delete(id, version) {
      if (version !== undefined) {
        const [store, own] = placeOf(version)
        if ((await store.delete(id, own)) === 'conflict' || (await load(id))) return 'conflict'
        return
      }
      // In this order it meets a record that moves between the calls, whichever way it moves.
      for (const store of [current, previous, current]) await store.delete(id)
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
      // It may have gone from the second store to the first after the first was asked. Where nothing moves, there is none.
      const seen = JSON.stringify([one?.version, other?.version])
      if (seen === before) return null
      before = seen
      // Whatever has become of the process that moves it, its content is in what left.
      if (one && other && standingOf(one) === 'leaving') await putIntoPlace(previous, id, one)
      else if (one && other && standingOf(other) === 'leaving')
        await putIntoPlace(current, id, other)
    }
    throw new SessionBusy()
  }

  /** A version names its store, so that a save finds the record there or nowhere. */
  function versionIn(store: SessionStore, version: Version): Version {
    return `${store === current ? 'c' : 'p'}${JSON.stringify(version)}`
  }

  function placeOf(version: Version): [SessionStore, Version] {
    const text = String(version)
    return [text.startsWith('c') ? current : previous, JSON.parse(text.slice(1)) as Version]
  }
}
