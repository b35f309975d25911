import { SessionBusy, SessionInterrupted } from '../refusals.ts'
import { pause } from '../waiting/pause.ts'
import type { Changes, Kept } from './changes.ts'
import { isExpired, isTouchDue } from './expiry.ts'
import type { SessionId } from './key.ts'
import { attempts } from './new-session.ts'
import type { Outcome } from './new-session.ts'
import { apply, changedRecord } from './next-record.ts'
import type { SessionRoster } from './roster.ts'
import { policyOf } from './settings.ts'
import type { SessionSettings } from './settings.ts'
import type { SessionStore, StoredRecord } from './store.ts'

/** Stores the changes under the same key: on the newest record, again and again until no other writer comes first. */
export async function rewrite(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept,
  changes: Changes,
): Promise<Outcome> {
  const { store, now } = settings
  const { key, id } = kept
  const policy = await policyOf(settings, roster, kept.record.auth)
  let current: StoredRecord | null = kept.record
  for (let attempt = 0; attempt < attempts; attempt++) {
    const at = now()
    if (current === null || isExpired(current, at, policy)) {
      if (attempt > 0) await correctClocks(roster, id, current)
      throw new SessionInterrupted()
    }
    const record = changedRecord(current, apply(settings, current, changes), policy, at)
    // The roster first: where that fails, nothing is stored. So no record lives longer than its row in the roster.
    if (record.auth) await roster.seen(id, record)
    const version = await store.save(id, record, current.version)
    if (version === 'gone') throw new SessionInterrupted()
    if (version !== 'conflict') {
      const due = isTouchDue(current, policy, at) || record.expiry !== current.expiry
      return { kept: { key, id, record: { ...record, version } }, cookie: due ? 'set' : null }
    }
    current = await reload(store, id, attempt)
    settings.counts?.replayed()
  }
  await correctClocks(roster, id, current)
  throw new SessionBusy()
}

/**
 * Copies the clocks of the newest record into the roster, which has those of a record that was not stored because another
 * writer came first. Otherwise the row of a session that expires sooner would call it alive, and could not say why it is
 * over. Never rejects: the next write copies them too.
 */
export async function correctClocks(
  roster: SessionRoster,
  id: SessionId,
  newest: StoredRecord | null,
): Promise<void> {
  try {
    if (newest?.auth) await roster.seen(id, newest)
  } catch {
    return
  }
}

/** Loads the record again, from the second attempt on after a random pause, so that processes do not collide in step. */
export async function reload(
  store: SessionStore,
  id: SessionId,
  attempt: number,
): Promise<StoredRecord | null> {
  if (attempt > 0) await pause(Math.random() * 5 * attempt)
  return store.load(id)
}
