import { randomUUID } from 'node:crypto'
import { isExpired } from '../record/expiry.ts'
import type { SessionId } from '../key.ts'
import { asArriving, asLeaving, contentOf, moveOf, standingOf } from './move-marks.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SessionStore, StoredRecord, Version } from '../store.ts'
import { SessionBusy } from '../../refusals.ts'

/** A move of sessions from one store to another. */
export interface Move {
  readonly from: SessionStore
  readonly to: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How often the move of one record starts again because another writer came first. */
const attempts = 50

/** How often the new store may refuse a record before the move leaves it: staff has ended that session. */
const mostRefusals = 3

/**
 * Why a record has not moved:
 * - nothing: the old store has none, or no longer has one. The session is over, or the new store has it.
 * - expired: by the clock of the move.
 * - refused: the new store does not take it in, or not yet (`adopt`). It stays where it is.
 */
export type NotMoved = 'nothing' | 'expired' | 'refused'

/** A record that has moved. */
export interface Moved {
  /** The old store's version that moved; null where another process had taken it on its way. */
  readonly from: Version | null
  /** The new store's version, whose content is the same. */
  readonly to: Version
}

/**
 * Moves one record, and says from which version to which, or why not. Each step is one call. Between two steps other processes may
 * write, and this one may be killed:
 * 1. The new store gets a place for it, which an end of the session removes again.
 * 2. The old store's record is marked as leaving for that place, at the version that was read. From now on no write changes it.
 * 3. The new store gets what left, in that place. Where that is gone, the session has ended meanwhile.
 * 4. The old store lets go of what left.
 * It first finishes a move the other way that was broken off. Throws `SessionBusy` where other writers came first every time.
 */
export async function moveRecord(move: Move, id: SessionId): Promise<Moved | NotMoved> {
  const { from, to, now } = move
  let place: Place | null = null
  let refusals = 0
  for (let attempt = 0; attempt < attempts; attempt++) {
    const record = await from.load(id)
    if (record && standingOf(record) === 'leaving') return finish(move, id, record, null)
    if (record && standingOf(record) === 'arriving') {
      await fill(move, id, record)
      continue
    }
    if (record === null || isExpired(record, now())) {
      if (place) await letGo(to, id, place.version) // the session has ended, or another process has moved it
      return record === null ? 'nothing' : 'expired'
    }
    const { version, ...content } = record
    const found = await prepare(move, id, content)
    if (found === 'taken') {
      await letGo(from, id, version)
      return 'nothing'
    }
    place = found
    if (place === null) {
      if (++refusals === mostRefusals) return 'refused'
      continue
    }
    const left = await leave(from, id, record, place.move)
    if (left !== null) return finish(move, id, left, version)
  }
  throw new SessionBusy(`The session ${id} is written too often to be moved now. Try again.`)
}

/**
 * Makes whole what a move that was broken off has left in the new store. A move of the old store's records does not meet all of
 * it: there may be no record in the old store. Expired sessions too: no mark may stay because of a clock.
 */
export async function settle(move: Move, id: SessionId): Promise<Moved | NotMoved> {
  const { from, to, now } = move
  const found = await to.load(id)
  if (found === null || standingOf(found) === 'kept') return 'nothing'
  if (standingOf(found) === 'leaving') await finish({ from: to, to: from, now }, id, found, null)
  const outcome = await moveRecord({ from, to, now: () => 0 }, id)
  // While the place is as it was found, nothing comes to it from a store that has nothing.
  if (standingOf(found) === 'arriving' && (await from.load(id)) === null)
    await letGo(to, id, found.version)
  return outcome
}

/**
 * A move the other way made `place` in the old store: lets come what that move has begun to move, so that this one can take it
 * back. Removing the place would lose what a slow process is about to mark as leaving for it. Where nothing can come, the
 * session is over, and the place goes.
 */
async function fill({ from, to, now }: Move, id: SessionId, place: StoredRecord): Promise<void> {
  const other = await to.load(id)
  if (other === null || standingOf(other) === 'arriving') return letGo(from, id, place.version)
  const isLeaving = standingOf(other) === 'leaving'
  const left = isLeaving ? other : await leave(to, id, other, moveOf(place))
  if (left !== null) await finish({ from: to, to: from, now }, id, left, null)
}

/** Step 2 of `moveRecord`: marks `record` of `store` as leaving, and gives it as it then is. Null where a writer came first. */
async function leave(
  store: SessionStore,
  id: SessionId,
  { version, ...content }: StoredRecord,
  move: string,
): Promise<StoredRecord | null> {
  const left = asLeaving(content, move)
  const outcome = await store.save(id, left, version)
  return outcome === 'conflict' || outcome === 'gone' ? null : { ...left, version: outcome }
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
  { from, to }: Move,
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
  // A move the other way has left it behind, or is under way since the caller looked: then it is the only one.
  const again = await from.load(id)
  if (again === null || standingOf(again) !== 'kept') return null
  const version = await to.save(id, place, found.version)
  return version === 'conflict' || version === 'gone' ? null : { version, move }
}

/** Steps 3 and 4 of `moveRecord`: puts what left, which was version `was`, into its place, and the old store lets go of it. */
async function finish(
  { from, to }: Move,
  id: SessionId,
  left: StoredRecord,
  was: Version | null,
): Promise<Moved | 'nothing'> {
  const arrived = await putIntoPlace(to, id, left)
  await letGo(from, id, left.version)
  return arrived === null ? 'nothing' : { from: was, to: arrived }
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
