import { SessionBusy, SessionInterrupted } from '../../refusals.ts'
import { pause } from '../../waiting/pause.ts'
import type { Changes, Kept } from './changes.ts'
import { isExpired, isTouchDue } from '../record/expiry.ts'
import type { SessionId } from '../key.ts'
import { attempts } from './new-session.ts'
import type { Committed } from './new-session.ts'
import { apply, changedRecord } from './next-record.ts'
import type { SessionRoster } from '../roster.ts'
import { createSaveWithClocks } from './save-with-clocks.ts'
import { policyOf } from '../settings.ts'
import type { SessionSettings } from '../settings.ts'
import type { SessionStore, StoredRecord } from '../store.ts'

/** Stores the changes under the same key: on the newest record, again and again until no other writer comes first. */
export async function rewrite(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept,
  changes: Changes,
): Promise<Committed> {
  const { store, now } = settings
  const { key, id } = kept
  const policy = await policyOf(settings, roster, kept.record.auth)
  const saving = createSaveWithClocks(store, roster, id, kept.record)
  let current: StoredRecord | null = kept.record
  for (let attempt = 0; attempt < attempts; attempt++) {
    const at = now()
    if (current === null || isExpired(current, at, policy)) {
      await saving.takeBack()
      throw new SessionInterrupted()
    }
    const record = changedRecord(current, apply(settings, current, changes), policy, at)
    const version = await saving.save(record, current.version)
    if (version === 'gone') throw new SessionInterrupted()
    if (version !== 'conflict') {
      const due = isTouchDue(current, policy, at) || record.expiry !== current.expiry
      const stored = { ...record, version }
      const answeredAt = now()
      if (
        isExpired(current, answeredAt, policy) &&
        (await saving.expireAgain(stored, current, answeredAt))
      )
        throw new SessionInterrupted()
      return { kept: { key, id, record: stored }, cookie: due ? 'set' : null }
    }
    current = await reload(store, id, attempt)
    saving.learn(current)
    settings.counts?.replayed()
  }
  await saving.takeBack()
  throw new SessionBusy()
}

/** Loads the record again, from the second attempt on after a random pause, so that processes do not collide again. */
export async function reload(
  store: SessionStore,
  id: SessionId,
  attempt: number,
): Promise<StoredRecord | null> {
  if (attempt > 0) await pause(Math.random() * 5 * attempt)
  return store.load(id)
}
