import { SessionBusy, SessionInterrupted, SessionStoreUnavailable } from '../../refusals.ts'
import type { Changes, Kept } from './changes.ts'
import { isExpired } from '../record/expiry.ts'
import { endCopied } from './end-of-copied.ts'
import { attempts, create, startAgain, takeBack } from './new-session.ts'
import type { Committed } from './new-session.ts'
import { afterLogin, apply, changedRecord } from './next-record.ts'
import type { SessionRecord } from '../record/record.ts'
import { reload } from './rewrite.ts'
import type { SessionRoster } from '../roster.ts'
import { createSaveWithClocks } from './save-with-clocks.ts'
import { policyOf } from '../settings.ts'
import type { SessionSettings } from '../settings.ts'
import type { StoredRecord } from '../store.ts'
import { takenBack } from './unreplaced.ts'

/**
 * Moves everything to a new key: creates the copy, which the roster enrolls, and ends the old record at the version that it
 * copied. Where another writer saved the old record meanwhile, it brings the copy up to date first, so that nothing is lost.
 * Where the old session is gone by then, because it has moved elsewhere or ended, it deletes the copy too. It takes the copy back
 * only while the old record is known to be alive.
 */
export async function cycle(
  settings: SessionSettings,
  roster: SessionRoster,
  old: Kept,
  changes: Changes,
  isAgain = false,
): Promise<Committed> {
  const { store, now } = settings
  const oldId = old.id
  const before = await policyOf(settings, roster, old.record.auth)
  if (isExpired(old.record, now(), before)) return startAgain(settings, roster, changes)
  const copyOf = async (record: StoredRecord): Promise<SessionRecord> => {
    const draft = apply(settings, record, changes)
    const policy = await policyOf(settings, roster, draft.auth, draft.expiry)
    const copy = changedRecord(record, draft, policy, now())
    return changes.login ? afterLogin(copy, policy, now()) : copy
  }
  let source = old.record
  const copy = await copyOf(old.record)
  // A change of password has moved the roster's row to the new epoch already. The record gets it here.
  const auth = changes.login ? old.record.auth : copy.auth
  const previous = { id: oldId, auth, record: old.record }
  const begun = { record: copy, previous, isLogin: changes.login }
  let kept = await create(settings, roster, begun)
  if (kept === null) {
    const present = isAgain ? null : await takenBack(settings, roster, old)
    if (present === null) return startAgain(settings, roster, changes, oldId)
    return cycle(settings, roster, present, changes, true)
  }
  const { id } = kept
  const saving = createSaveWithClocks(store, roster, id, kept.record)
  try {
    for (let attempt = 0; ; attempt++) {
      const newest = await endCopied(store, oldId, source, attempt)
      if (newest === 'ended') break
      // The copy may be the only record by now, so it stays, and the visitor gets its key.
      if (newest instanceof SessionStoreUnavailable) return { kept, cookie: 'set', doubt: newest }
      if (attempt === attempts) throw new SessionBusy()
      if (newest === null || isExpired(newest, now())) {
        await takeBack(settings, roster, kept, null)
        return await startAgain(settings, roster, changes)
      }
      source = newest
      settings.counts?.replayed()
      kept = await bringUpToDate(kept, await copyOf(source))
    }
  } catch (error) {
    await takeBack(settings, roster, kept, previous)
    throw error
  }
  // A login begins a session, and any other change of key goes on with this one.
  if (changes.login) settings.counts?.replaced()
  return { kept, cookie: 'set' }

  /** No visitor has the copy's key yet. A move between engines may still give it another version. */
  async function bringUpToDate(before: Kept, record: SessionRecord): Promise<Kept> {
    let present = before.record
    for (let attempt = 0; attempt < attempts; attempt++) {
      const version = await saving.save(record, present.version)
      if (version !== 'gone' && version !== 'conflict')
        return { ...before, record: { ...record, version } }
      const moved = version === 'gone' ? null : await reload(store, id, attempt)
      if (moved === null) throw new SessionInterrupted()
      saving.learn((present = moved))
    }
    throw new SessionBusy()
  }
}
