import { Refusal, SessionInterrupted, SessionStoreUnavailable } from '../refusals.ts'
import { createRelease } from '../waiting/release.ts'
import type { Soon } from '../waiting/soon.ts'
import { isUnchanged, unchanged, without } from './commit/changes.ts'
import type { Changes } from './commit/changes.ts'
import { commit } from './commit/commit.ts'
import { createKey, idOf } from './key.ts'
import { isPastLimit, isTouchDue } from './record/expiry.ts'
import type { ExpiryPolicy } from './record/expiry.ts'
import { start } from './commit/new-session.ts'
import type { Committed } from './commit/new-session.ts'
import { policyOf } from './settings.ts'
import type { SessionSettings } from './settings.ts'
import { touch } from './commit/touch.ts'
import { whoseIs } from './touch-pause.ts'
import type { Whose } from './touch-pause.ts'
import { assertOpen, load, presentedIdOf, seals } from './unit-of-work.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** Runs `perform`, and stores what it recorded: see `Session.transaction`. */
export function transact<Result>(
  work: UnitOfWork,
  perform: () => Promise<Result>,
): Promise<Result> {
  return inLine(work, 'transacting', async () => {
    const before = work.changes
    let result: Result
    try {
      result = await perform()
    } catch (error) {
      if (error instanceof Refusal) await store(work)
      else work.changes = before
      throw error
    }
    await store(work)
    return result
  })
}

/** See `Session.commit`. */
export async function store(work: UnitOfWork): Promise<void> {
  if (work.storing === null && isUnchanged(work.changes)) return
  await inLine(work, 'storing', () => storeNow(work))
}

async function storeNow(work: UnitOfWork): Promise<void> {
  const { settings, roster, changes } = work
  if (isUnchanged(changes)) return
  if (work.isAbandoned) assertOpen(work)
  work.release ??= createRelease()
  try {
    await load(work)
    if (work.kept === null) await assertNotSuperseded(work, changes)
    if (work.release.reason) throw work.release.reason
    const { kept } = work
    const writing =
      kept === null
        ? start(settings, roster, changes)
        : commit(settings, roster, kept, changes, work.release)
    const whose = changes.login || kept?.record.auth ? 'user' : 'guest'
    const outcome = await writing.catch((error: unknown) => {
      void noteRefusal(settings, error, whose)
      throw error
    })
    // A removal does not show it: a store that is full takes those.
    if (outcome.kept !== null) settings.touchPause?.end(whoseIs(outcome.kept.record))
    work.writes++
    if (kept === null && changes.login) await removeExpired(work)
    settle(work, outcome, changes.key)
    work.wasOver = outcome.wasOver ?? false
    if (outcome.doubt) throw outcome.doubt
  } catch (error) {
    if (error instanceof SessionStoreUnavailable && error.isOpen) work.writes++
    throw error
  } finally {
    work.changes = without(work.changes, changes)
  }
}

/**
 * Tells of a change that was not stored, where the store still answers reads: one that answers nothing is down, which `/ready`
 * shows by itself. The visitor's answer does not wait for that.
 */
async function noteRefusal(
  { store, touchPause }: SessionSettings,
  error: unknown,
  whose: Whose,
): Promise<void> {
  if (touchPause === undefined || !(error instanceof SessionStoreUnavailable)) return
  try {
    await store.load(idOf(createKey()))
  } catch {
    return
  }
  touchPause.refused(error, whose)
}

/** See `Session.abandon`. */
export async function abandon(work: UnitOfWork): Promise<boolean> {
  const before = work.writes
  work.changes = unchanged
  work.sealed ??= seals.abandoned
  work.isAbandoned = true
  work.pending?.giveUp()
  work.release?.letGo(new Error('The request was answered before its changes had their turn.'))
  await work.storing?.catch(() => undefined)
  return work.writes > before
}

/**
 * Touches the session where that is due: for activity, or for a limit that its clocks run past. At most once a request; never
 * fails.
 */
export function touchIfDue(work: UnitOfWork, isActivity: boolean): Soon<void> {
  if (work.storing === null && isDue(work, isActivity) === false) return
  const touching = async () => {
    if (work.kept === null || !(await isDue(work, isActivity))) return
    settle(work, await touch(work.settings, work.roster, work.kept))
  }
  return inLine(work, 'storing', touching).catch(() => undefined)
}

function isDue(work: UnitOfWork, isActivity: boolean): Soon<boolean> {
  const { kept, settings, roster, isWatched, isAbandoned, cookie } = work
  if (kept === null || isWatched || isAbandoned || cookie !== null) return false
  const { record } = kept
  const judge = (policy: ExpiryPolicy) =>
    isActivity ? isTouchDue(record, policy, settings.now()) : isPastLimit(record, policy)
  const policy = policyOf(settings, roster, record.auth)
  return policy instanceof Promise ? policy.then(judge) : judge(policy)
}

function settle(work: UnitOfWork, { kept, cookie }: Committed, key: Changes['key'] = 'keep'): void {
  if (key === 'end') {
    const hadCookie = work.presented !== null || work.cookie === 'set'
    work.presented = null
    work.cookie = kept ? 'set' : hadCookie ? 'clear' : null
  } else {
    work.cookie = cookie ?? work.cookie
  }
  work.kept = kept
}

/** A write under a key that names nothing starts a new session, unless the key was replaced while the request was on its way. */
async function assertNotSuperseded(work: UnitOfWork, { login, key }: Changes): Promise<void> {
  const id = presentedIdOf(work)
  if (id === null || login || key === 'end') return
  if (await work.roster.isSuperseded(id)) throw new SessionInterrupted()
}

/**
 * Removes the session that the visitor's cookie names, where it was over at the login. It may only have expired, and a write
 * that read it earlier could save it again, under the key from before the login. Ignores failures.
 */
async function removeExpired(work: UnitOfWork): Promise<void> {
  const id = presentedIdOf(work)
  if (id !== null) await work.settings.store.delete(id).catch(() => undefined)
}

/** Starts `perform` once the one before it is over, whether that succeeded or failed. */
function inLine<Result>(
  work: UnitOfWork,
  line: 'transacting' | 'storing',
  perform: () => Promise<Result>,
): Promise<Result> {
  const before = work[line]
  const turn = before === null ? perform() : before.then(perform, perform)
  work[line] = turn
  const leave = () => {
    if (work[line] === turn) work[line] = null
  }
  turn.then(leave, leave)
  return turn
}
