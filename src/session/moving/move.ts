import { randomUUID } from 'node:crypto'
import { isExpired } from '../record/expiry.ts'
import type { SessionId } from '../key.ts'
import { asArriving, asLeaving, contentOf, moveOf, standingOf } from './move-marks.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SessionStore, StoredRecord, Version } from '../store.ts'

/** A move of sessions from one store to another. */
export interface Move {
  readonly from: SessionStore
  readonly to: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * How far a move has come: how many records it has seen, and how many of them it has moved. It does not move a record that has
 * expired or is in the new store already. It may see a record twice.
 */
export interface MoveProgress {
  readonly seen: number
  readonly moved: number
}

/** How many records move at a time: most of a move is waiting for answers. */
const atOnce = 16

/**
 * Moves the live records of one store to another, each by itself, so that an operator can start a broken-off move again. Its
 * memory does not grow with their number. Servers may write meanwhile, as long as each of them reads both stores: see
 * moving-store.ts. Throws a TypeError where the old store cannot list its records. Where one record fails, it finishes those that
 * are under way, and throws that error.
 */
export async function* moveRecords(move: Move): AsyncGenerator<MoveProgress, void> {
  if (!move.from.list) throw new TypeError('This store cannot list what it holds.')
  let [seen, moved, told] = [0, 0, 0]
  const underWay = new Set<Promise<void>>()
  const begin = (id: SessionId) => {
    const one = moveRecord(move, id).then((hasMoved) => {
      underWay.delete(one)
      seen++
      if (hasMoved) moved++
    })
    one.catch(() => undefined) // it is thrown where it is awaited
    underWay.add(one)
  }
  try {
    for await (const { id } of move.from.list()) {
      begin(id)
      if (underWay.size === atOnce) await Promise.race(underWay)
      if (seen > told) yield { seen: (told = seen), moved }
    }
    while (underWay.size > 0) await Promise.race(underWay)
  } finally {
    await Promise.allSettled(underWay) // a move that fails at one record leaves no other half way
  }
  if (seen > told) yield { seen, moved }
}

/** How often the move of one record starts again because another writer came first. */
const attempts = 50

/** How often the new store may refuse a record before the move leaves it: staff has ended that session. */
const mostRefusals = 3

/** A record that has moved. */
export interface Moved {
  /** The old store's version that moved; null where another process had taken it on its way. */
  readonly from: Version | null
  /** The new store's version, whose content is the same. */
  readonly to: Version
}

/**
 * Moves one record, and says from which version to which; null where it moved none. Each step is one call. Between two steps other processes may
 * write, and this one may be killed:
 * 1. The new store gets a place for it, which an end of the session removes again.
 * 2. The old store's record is marked as leaving for that place, at the version that was read. From now on no write changes it.
 * 3. The new store gets what left, in that place. Where that is gone, the session has ended meanwhile.
 * 4. The old store lets go of what left.
 * Throws where other writers came first every time.
 */
export async function moveRecord(move: Move, id: SessionId): Promise<Moved | null> {
  const { from, to, now } = move
  let place: Place | null = null
  let refusals = 0
  for (let attempt = 0; attempt < attempts; attempt++) {
    const record = await from.load(id)
    if (record && standingOf(record) === 'leaving') return finish(move, id, record, null)
    if (record === null || standingOf(record) === 'arriving' || isExpired(record, now())) {
      if (place) await letGo(to, id, place.version) // the session has ended, or another process has moved it
      return null
    }
    const { version, ...content } = record
    const found = await prepare(to, id, content)
    if (found === 'taken') {
      await letGo(from, id, version)
      return null
    }
    place = found
    if (place === null) {
      if (++refusals === mostRefusals) return null
      continue
    }
    const left = asLeaving(content, place.move)
    const outcome = await from.save(id, left, version)
    if (outcome !== 'conflict' && outcome !== 'gone')
      return finish(move, id, { ...left, version: outcome }, version)
  }
  throw new Error(`The session ${id} is written too often to be moved now. Try again.`)
}

/** A place in the new store, and the move that it is for. */
interface Place {
  readonly version: Version
  readonly move: string
}

/**
 * Makes a place in the new store, or finds the one that another move has made. 'taken' where the new store has a record of this id,
 * which is newer than the old store's. Null where another process came first, or the store refuses.
 */
async function prepare(
  to: SessionStore,
  id: SessionId,
  content: SessionRecord,
): Promise<Place | 'taken' | null> {
  const move = randomUUID()
  const place = asArriving(content, move)
  const made = await (to.adopt ? to.adopt(id, place) : to.create(id, place))
  if (made !== null) return { version: made, move }
  const found = await to.load(id)
  if (found === null) return null
  if (standingOf(found) === 'kept') return 'taken'
  if (standingOf(found) === 'arriving') return { version: found.version, move: moveOf(found) }
  // An earlier move in the other direction left it behind.
  const version = await to.save(id, place, found.version)
  return version === 'conflict' || version === 'gone' ? null : { version, move }
}

/** Steps 3 and 4 of `moveRecord`: puts what left, which was version `was`, into its place, and the old store lets go of it. */
async function finish(
  { from, to }: Move,
  id: SessionId,
  left: StoredRecord,
  was: Version | null,
): Promise<Moved | null> {
  const arrived = await putIntoPlace(to, id, left)
  await letGo(from, id, left.version)
  return arrived === null ? null : { from: was, to: arrived }
}

/**
 * Step 3 of `moveRecord`. A process that finds a record on its way, left by another process, takes this step too. Returns
 * the version in the new store; null where the record has arrived already, or its place is gone.
 */
export async function putIntoPlace(
  to: SessionStore,
  id: SessionId,
  left: StoredRecord,
): Promise<Version | null> {
  for (;;) {
    const place = await to.load(id)
    // A process that does not know that the session ended may have made a place for another move.
    if (place === null || standingOf(place) !== 'arriving' || moveOf(place) !== moveOf(left))
      return null
    const put = await to.save(id, contentOf(left), place.version)
    if (put !== 'conflict') return put === 'gone' ? null : put
  }
}

/** Removes a record at this version. A later record stays, and so does the roster's row. */
async function letGo(store: SessionStore, id: SessionId, version: Version): Promise<void> {
  if (store.release) await store.release(id, version)
  else await store.delete(id, version)
}
