import { randomUUID } from 'node:crypto'
import { clearStore } from '../clearing.ts'
import type { SessionId } from '../key.ts'
import { moveRecord, putIntoPlace } from './move.ts'
import { asArriving, standingOf } from './move-marks.ts'
import type { SessionStore, StoredRecord, Version } from '../store.ts'
import { SessionBusy, SessionStoreUnavailable } from '../../refusals.ts'

/** The two stores of an engine that moves. */
export interface MovingStores {
  /** New sessions go here. */
  readonly current: SessionStore
  /** Older sessions may still be here. */
  readonly previous: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Is this store known to be away? Left out: neither ever is. */
  readonly isDown?: (store: SessionStore) => boolean
  /** Has the roster ended this session, so that no record opens it? It is asked where a store is away. Left out: unknown. */
  readonly isEnded?: (id: SessionId) => Promise<boolean>
}

/** How often a load looks before it gives up, because records move meanwhile. */
const looks = 20

/**
 * Keeps sessions in two stores while they move from one to the other. A session is read and written where it is; only its
 * move puts it elsewhere (move.ts). So sessions may move either way, and processes that have the two stores the other way
 * round may serve at the same time. Where the previous store cannot list its records, each session moves at its next write. A
 * load throws `SessionBusy` where the session moves again at every look.
 *
 * While one store is away, the other serves the sessions that it keeps: a record that is kept is the whole session, and only
 * a save at its version begins its move. Of any other session it throws what the store that is away threw.
 */
export function createMovingStore(stores: MovingStores): SessionStore {
  const { current, previous, now, isDown = () => false, isEnded = async () => false } = stores
  const movesOnWrite = previous.list === undefined && current.list !== undefined

  return {
    load,

    async create(id, record) {
      // An id counts as taken in either store. A store that is away cannot say so, and chance draws no key twice.
      const found = await lookIn(previous, id)
      const isFree = found === null || found instanceof SessionStoreUnavailable
      const version = isFree ? await current.create(id, record) : null
      return version === null ? null : versionIn(current, version)
    },

    async save(id, record, version) {
      let [store, own] = placeOf(version)
      if (movesOnWrite && store === previous && !isDown(current)) {
        const moved = await moveRecord({ from: previous, to: current, now }, id)
        if (typeof moved !== 'string') {
          // Only a record that moved from the caller's version has the content that the caller has changed.
          if (moved.from !== own) return goneOrMoved(id)
          ;[store, own] = [current, moved.to]
        }
      }
      const outcome = await store.save(id, record, own)
      if (outcome === 'gone') return goneOrMoved(id)
      return outcome === 'conflict' ? outcome : versionIn(store, outcome)
    },

    async delete(id, version) {
      if (version !== undefined) {
        const [store, own] = placeOf(version)
        if ((await store.delete(id, own)) === 'conflict' || (await load(id))) return 'conflict'
        return
      }
      const isApart = isDown(current) !== isDown(previous)
      if (isApart && (await endIn(isDown(current) ? previous : current, id))) return
      await remove(id, isApart) // the last word of a guest may have taken the record out of its row
    },

    // It needs both stores: what is erased must be gone from either. What one has goes also where the other is away.
    async deleteMany(ids) {
      const removals = await Promise.allSettled(ids.map(async (id) => remove(id, true)))
      const failed = removals.find((each) => each.status === 'rejected')
      if (failed === undefined) return
      // A removal begins in the current store, and goes no further where that fails.
      await Promise.allSettled(ids.map(async (id) => previous.delete(id)))
      throw failed.reason
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

  /** Deletes the record from both stores. `isBegun`: may the session be over where the first deletion fails? */
  async function remove(id: SessionId, isBegun: boolean): Promise<void> {
    try {
      for (let look = 0; look < looks; look++) {
        // This order catches a record that moves between the calls, either way, and the look one that moves there and back.
        for (const store of [current, previous, current]) {
          await store.delete(id)
          isBegun = true
        }
        if ((await load(id)) === null) return
      }
      throw new SessionBusy()
    } catch (error) {
      if (error instanceof SessionBusy)
        throw new SessionBusy('The session moves all the time, and may have ended. Try again.')
      throw isBegun && error instanceof SessionStoreUnavailable ? inDoubt(error) : error
    }
  }

  /** What a save says whose record is not where it was: it may have moved to the other store. */
  async function goneOrMoved(id: SessionId): Promise<'gone' | 'conflict'> {
    return (await load(id)) === null ? 'gone' : 'conflict'
  }

  async function load(id: SessionId): Promise<StoredRecord | null> {
    for (let look = 0, before = ''; look < looks; look++) {
      const one = await lookIn(current, id)
      const here = keptOf(one)
      if (here) return { ...here, version: versionIn(current, here.version) }
      const other = await lookIn(previous, id)
      const there = keptOf(other)
      if (there) return { ...there, version: versionIn(previous, there.version) }
      if (one instanceof SessionStoreUnavailable || other instanceof SessionStoreUnavailable) {
        if (await isEnded(id)) return null
        throw one instanceof SessionStoreUnavailable ? one : other
      }
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

  /**
   * Ends a session while the other store is away. A save at the version of a record that is kept is the end of it: no move can
   * begin from there any more, and the place that the save leaves is one that no move has made, so none fills it. False where
   * this store does not keep the session: the other one may.
   */
  async function endIn(store: SessionStore, id: SessionId): Promise<boolean> {
    for (let look = 0; look < looks; look++) {
      const found = keptOf(await store.load(id))
      if (found === null) return isEnded(id)
      const { version, ...record } = found
      const outcome = await store.save(id, asArriving(record, randomUUID()), version)
      if (outcome === 'conflict' || outcome === 'gone') continue
      await store.delete(id).catch(() => undefined) // it opens nothing, and expires
      return true
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

/** What a store has, or its error where it is away. */
type Found = StoredRecord | SessionStoreUnavailable | null

async function lookIn(store: SessionStore, id: SessionId): Promise<Found> {
  try {
    return await store.load(id)
  } catch (error) {
    if (error instanceof SessionStoreUnavailable) return error
    throw error
  }
}

/** The record that opens the session; null where that is not here. */
function keptOf(found: Found): StoredRecord | null {
  if (found === null || found instanceof SessionStoreUnavailable) return null
  return standingOf(found) === 'kept' ? found : null
}

/** The error of an end that has begun in one store, and may be the whole end. */
function inDoubt({ cause }: SessionStoreUnavailable): SessionStoreUnavailable {
  return new SessionStoreUnavailable(cause, { isOpen: true })
}
