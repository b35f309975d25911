import { sameSession } from '../roster/admission.ts'
import { endWithWord } from '../roster/last-words.ts'
import type { SessionId } from '../../session/key.ts'
import { isMark } from '../../session/record/expiry.ts'
import { endSessions } from './ending.ts'
import type { EndingContext } from './ending.ts'
import type { SessionCondition } from './session-filter.ts'

/**
 * Ends the session of `id`, in the roster and in the store, also under a key that it moves to meanwhile. False where none was
 * alive.
 */
export async function endOne(context: EndingContext, id: SessionId): Promise<boolean> {
  const listed = await endListed(context, sameSession(id, context.now()))
  if (listed.includes(id)) return true
  const isUnlisted = await endUnlisted(context, id)
  const moved = await endListed(context, sameSession(id, context.now()))
  return isUnlisted || listed.length + moved.length > 0
}

/**
 * The same for a session of the user, and false where it is none of theirs: every condition names the user, so that no caller
 * learns whether another user's session is alive.
 */
export async function endOneOf(
  context: EndingContext,
  userId: string,
  id: SessionId,
): Promise<boolean> {
  const own = () => endListed(context, { ...sameSession(id, context.now()), userId })
  const ended = await own()
  if (ended.length === 0) return false
  if (ended.includes(id)) return true
  // A key of the user's has just taken its place, at a login that may have been killed before it ended the guest's session.
  const guests = await endListed(context, { id, userId: null })
  if (guests.length === 0) await endUnlisted(context, id)
  await own()
  return true
}

/** Ends the few sessions that `which` matches, and returns them. */
async function endListed(
  context: EndingContext,
  which: SessionCondition,
): Promise<readonly SessionId[]> {
  const ended: SessionId[] = []
  const onEnded = async (ids: readonly SessionId[]) => void ended.push(...ids)
  await endSessions(context, which, 'REVOKED', { expected: 1, onEnded })
  return ended
}

/**
 * Ends a guest's session without a row, though the row of a killed login may name it as replaced. False without a record. A
 * login may come before the removal: it has written its new key down before it ends the record, so the caller looks for that
 * key afterwards. A login that comes later finds no record, and opens a new, empty session.
 */
async function endUnlisted(context: EndingContext, id: SessionId): Promise<boolean> {
  const { db, store, now, events, counts } = context
  const record = await store.load(id)
  if (record === null || isMark(record)) return false
  const remove = async () => store.delete(id)
  const isFirst = await endWithWord(db, { id, record, reason: 'REVOKED', now: now(), remove })
  if (isFirst) counts?.ended('REVOKED', 1)
  events?.publishMany([id])
  return true
}
