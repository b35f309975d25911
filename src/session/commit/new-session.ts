import { SessionInterrupted } from '../../refusals.ts'
import type { SessionStoreUnavailable } from '../../refusals.ts'
import type { Changes, Kept } from './changes.ts'
import { isBlank } from '../record/draft.ts'
import { createKey, idOf } from '../key.ts'
import type { SessionId } from '../key.ts'
import { apply, newRecord } from './next-record.ts'
import type { Enrolment, PreviousSession, SessionRoster } from '../roster.ts'
import { policyOf } from '../settings.ts'
import type { SessionSettings } from '../settings.ts'
import { untilTakenBack } from './until-taken-back.ts'

/** How a commit left the session, and whether the visitor's cookie must say so. */
export interface Committed {
  readonly kept: Kept | null
  readonly cookie: 'set' | 'clear' | null
  /** Had another end come before this one? */
  readonly wasOver?: boolean
  /** Why it is not known whether the session is over under the old key, after a change of key that has stored the new one. */
  readonly doubt?: SessionStoreUnavailable
}

/** How often a commit tries again before it gives up: a change against writers of other processes, and a new id. */
export const attempts = 20

/** Starts a session under a new key, if there is anything to store. `instead`: see `Enrolment`. */
export async function start(
  settings: SessionSettings,
  roster: SessionRoster,
  changes: Changes,
  instead: SessionId | null = null,
): Promise<Committed> {
  const draft = apply(settings, null, changes)
  if (isBlank(draft)) return { kept: null, cookie: null }
  const policy = await policyOf(settings, roster, draft.auth, draft.expiry)
  const record = newRecord(draft, policy, settings.now())
  const begun = { record, previous: null, isLogin: changes.login, instead }
  const kept = await create(settings, roster, begun)
  // Null means that the session before it is over: here there was none.
  if (kept === null) throw new SessionInterrupted()
  if (draft.auth === null) settings.counts?.started()
  return { kept, cookie: 'set' }
}

/** Removes a session whose key was never sent to a visitor. Never rejects: what stays behind expires. */
export async function takeBack(
  { store }: Pick<SessionSettings, 'store'>,
  roster: Pick<SessionRoster, 'withdraw'>,
  { id, record }: Pick<Enrolment, 'id' | 'record'>,
  previous: PreviousSession | null,
): Promise<void> {
  const take = async () => {
    // The roster first: where records are rows of the roster, it needs the row to see the enrolment.
    if (record.auth) await roster.withdraw(id, previous)
    await store.delete(id)
  }
  await untilTakenBack(take)
}

/**
 * For a session that ended while this request waited its turn: a login opens a new, empty one, and any other change fails.
 */
export async function startAgain(
  settings: SessionSettings,
  roster: SessionRoster,
  changes: Changes,
  instead: SessionId | null = null,
): Promise<Committed> {
  if (!changes.login) throw new SessionInterrupted()
  return start(settings, roster, changes, instead)
}

/** Keeps a record under a new key, and enrolls it; null, with nothing kept, where the session before it is over already. */
export async function create(
  { store }: SessionSettings,
  roster: SessionRoster,
  begun: Omit<Enrolment, 'id'>,
): Promise<Kept | null> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const key = createKey()
    const id = idOf(key)
    const version = await roster.enroll(store, { id, ...begun })
    if (version === 'over') return null
    if (version !== 'taken') return { key, id, record: { ...begun.record, version } }
  }
  // A key of 256 random bits is never taken: the store must be at fault.
  throw new Error(`The session store claims that ${attempts} new ids in a row are taken.`)
}
