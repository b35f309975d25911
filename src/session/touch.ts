import type { Kept } from './changes.ts'
import { isExpired } from './expiry.ts'
import type { Outcome } from './new-session.ts'
import { active, withoutVersion } from './next-record.ts'
import { Refusal } from '../refusals.ts'
import type { SessionRoster } from './roster.ts'
import { policyOf } from './settings.ts'
import type { SessionSettings } from './settings.ts'

/** Keeps requests from trying, one after the other, to write activity down where that fails. One for all of a process. */
export interface TouchPause {
  /** Did the last touch of the process fail? For those who ask whether the server is ready. */
  readonly isFailing: boolean
  /** Has a touch failed so recently that no other is worth its time? */
  isRunning(): boolean
  /** A touch has failed. The first of a series is told. */
  begin(error: unknown): void
  /** A touch has succeeded. The first after a failure is told. */
  end(): void
}

/** The longest pause, in milliseconds. */
const longestPause = 10_000

/** A pause of a tenth of `age` (in seconds), which is how often a session is touched. `now` is in milliseconds since 1970. */
export function createTouchPause(options: {
  readonly age: number
  readonly now: () => number
  readonly warn: (message: string, error?: unknown) => void
}): TouchPause {
  const { age, now, warn } = options
  const length = Math.min(age * 100, longestPause)
  let since: number | null = null
  return {
    get isFailing() {
      return since !== null
    },
    isRunning: () => since !== null && Math.abs(now() - since) < length,
    begin(error) {
      if (since === null)
        warn('Activity cannot be written down: sessions are read, and end in their time.', error)
      since = now()
    },
    end() {
      if (since !== null) warn('Activity is written down again.')
      since = null
    },
  }
}

/**
 * Writes down that the visitor was here. Never fails: where it cannot be written, the session is as it was, and so is the
 * cookie. No cookie either where another writer came first, or the session is over.
 */
export async function touch(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept,
): Promise<Outcome> {
  const { touchPause } = settings
  if (touchPause?.isRunning()) return { kept, cookie: null }
  try {
    const outcome = await write(settings, roster, kept)
    touchPause?.end()
    return outcome
  } catch (error) {
    // A refusal is about this session alone.
    if (!(error instanceof Refusal)) touchPause?.begin(error)
    return { kept, cookie: null }
  }
}

async function write(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept,
): Promise<Outcome> {
  const { store, now } = settings
  const at = now()
  const { key, id } = kept
  const policy = await policyOf(settings, roster, kept.record.auth)
  if (isExpired(kept.record, at, policy)) return { kept, cookie: null }
  const record = active(withoutVersion(kept.record), policy, at)
  // The roster first: no session may outlive its row there, without which it could not be revoked.
  if (record.auth) await roster.seen(id, record)
  const version = await store.save(id, record, kept.record.version)
  if (version === 'gone') return { kept, cookie: null }
  if (version === 'conflict') {
    const newest = await store.load(id)
    const isOpen = newest !== null && !isExpired(newest, at)
    return { kept: isOpen ? { key, id, record: newest } : kept, cookie: null }
  }
  settings.events?.publish(id)
  return { kept: { key, id, record: { ...record, version } }, cookie: 'set' }
}
