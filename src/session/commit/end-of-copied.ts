import { SessionStoreUnavailable } from '../../refusals.ts'
import type { SessionId } from '../key.ts'
import { isMark } from '../record/expiry.ts'
import { beforeAskingAgain } from './before-asking-again.ts'
import { withoutVersion } from './next-record.ts'
import { reload } from './rewrite.ts'
import type { SessionStore, StoredRecord } from '../store.ts'

/** How long a store is asked whether the end of a record was stored, in milliseconds. Not longer: a visitor waits. */
const longestDoubt = 3_000

/**
 * Ends a record at the version that was copied. Returns 'ended', or the newest record where another writer has saved one, or
 * null where there is none any more. Where the answer of the store is lost, it asks again: the record may be over, and then the
 * copy is the only one. Where no later call is answered either, it returns the error. Rejects only where the record is not ended.
 */
export async function endCopied(
  store: SessionStore,
  id: SessionId,
  record: StoredRecord,
  attempt: number,
): Promise<'ended' | StoredRecord | SessionStoreUnavailable | null> {
  let doubt: SessionStoreUnavailable | null = null
  let doubtSince = 0
  for (let asked = 0; ; asked++) {
    try {
      const outcome = await endAt(store, id, record)
      const newest = outcome === 'conflict' ? await reload(store, id, attempt + asked) : null
      // After a lost answer, the mark is our own, or that of another change of key, which then has a copy of its own. Where there is
      // no record any more, another writer has removed it, perhaps because it was ended.
      const isEnded = outcome === 'ended' || (doubt !== null && newest !== null && isMark(newest))
      if (!isEnded) return newest
      await store.delete(id).catch(() => undefined) // it has expired
      return 'ended'
    } catch (error) {
      if (doubt === null) {
        if (!(error instanceof SessionStoreUnavailable && error.isOpen)) throw error
        doubt = error
        doubtSince = performance.now()
      } else if (performance.now() - doubtSince > longestDoubt) return doubt
    }
    await beforeAskingAgain(asked)
  }
}

/**
 * By a save, which only one change of key can make. A delete would not do: it also succeeds where another writer has deleted
 * the record before.
 */
async function endAt(
  store: SessionStore,
  id: SessionId,
  record: StoredRecord,
): Promise<'ended' | 'conflict' | 'gone'> {
  const over = { ...withoutVersion(record), data: {}, expiresAt: record.createdAt }
  const outcome = await store.save(id, over, record.version)
  return outcome === 'conflict' || outcome === 'gone' ? outcome : 'ended'
}
