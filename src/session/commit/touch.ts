import type { Kept } from './changes.ts'
import { isExpired } from '../record/expiry.ts'
import type { Committed } from './new-session.ts'
import { active, withoutVersion } from './next-record.ts'
import { Refusal } from '../../refusals.ts'
import type { SessionRoster } from '../roster.ts'
import { createSaveWithClocks } from './save-with-clocks.ts'
import { policyOf } from '../settings.ts'
import type { SessionSettings } from '../settings.ts'
import type { StoredRecord, Version } from '../store.ts'
import { whoseIs } from '../touch-pause.ts'

/**
 * Writes activity down. Never fails: where it cannot write, the session and the cookie stay as they were. It sends no cookie
 * where another writer came first, or the session is over.
 */
export async function touch(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept,
): Promise<Committed> {
  const { touchPause } = settings
  const whose = whoseIs(kept.record)
  if (touchPause?.isRunning()) return { kept, cookie: null }
  try {
    const outcome = await write(settings, roster, kept)
    touchPause?.end(whose)
    return outcome
  } catch (error) {
    // A refusal concerns this session alone.
    if (!(error instanceof Refusal)) touchPause?.begin(error, whose)
    return { kept, cookie: null }
  }
}

async function write(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept,
): Promise<Committed> {
  const { store, now } = settings
  const at = now()
  const { key, id } = kept
  const policy = await policyOf(settings, roster, kept.record.auth)
  if (isExpired(kept.record, at, policy)) return { kept, cookie: null }
  const record = active(withoutVersion(kept.record), policy, at)
  const saving = createSaveWithClocks(store, roster, id, kept.record)
  let newest: StoredRecord | null = kept.record
  let version: Version | 'conflict' | 'gone' = 'conflict'
  // Where the record is the same after a conflict, the row has the clocks of a writer that has not stored its record, perhaps
  // because it was killed.
  for (let attempt = 0; attempt < 2 && newest?.version === kept.record.version; attempt++) {
    version = await saving.save(record, kept.record.version)
    if (version !== 'conflict') break
    newest = await store.load(id)
    saving.learn(newest)
  }
  if (version === 'conflict' || version === 'gone') {
    await saving.takeBack()
    if (version === 'gone' || newest === null || isExpired(newest, at))
      return { kept, cookie: null }
    return { kept: { key, id, record: newest }, cookie: null }
  }
  const stored = { ...record, version }
  const answeredAt = now()
  if (
    isExpired(kept.record, answeredAt, policy) &&
    (await saving.expireAgain(stored, kept.record, answeredAt))
  )
    return { kept, cookie: null }
  settings.events?.publish(id)
  return { kept: { key, id, record: stored }, cookie: 'set' }
}
