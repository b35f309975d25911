import type { SessionDefinitions } from './data.ts'
import { checkSize, draftOf, isBlank } from './draft.ts'
import type { Draft, Operation } from './draft.ts'
import type { SessionEvents } from './events.ts'
import { absoluteEnd, advance, isExpired, isTouchDue, limitPolicy, startClocks } from './expiry.ts'
import type { ExpiryPolicy } from './expiry.ts'
import { createKey, idOf } from './key.ts'
import type { SessionId, SessionKey } from './key.ts'
import type { Latest, WriterQueue } from './queue.ts'
import type { SessionAuth, SessionRecord } from './record.ts'
import { SessionBusy, SessionInterrupted } from '../refusals.ts'
import type { Release } from '../waiting/release.ts'
import type { PreviousSession, SessionRoster } from './roster.ts'
import type { SessionStore, StoredRecord, Version } from './store.ts'
import type { Soon } from '../waiting/soon.ts'
import type { TouchPause } from './touch.ts'

/** What every session of a server shares. */
export interface SessionSettings {
  readonly store: SessionStore
  readonly policy: ExpiryPolicy
  readonly definitions: SessionDefinitions
  /** The most JSON a session's data may come to, in bytes. */
  readonly maxBytes: number
  readonly queue: WriterQueue
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** SESSION_SAVE_EVERY_REQUEST: does a request that only reads keep its session alive? */
  readonly saveEveryRequest?: boolean
  readonly touchPause?: TouchPause
  /** Are records kept in the roster's rows? Then they end with them. */
  readonly recordsAreRows?: boolean
  /** Told, once a write is over, which session it was about: streams of it look again. */
  readonly events?: Pick<SessionEvents, 'publish'>
}

/** What a request wants of its session: recorded changes, and what becomes of the key. */
export interface Changes {
  readonly operations: readonly Operation[]
  /** 'cycle': move everything to a new key; 'end': end this session, and start an empty one if anything is stored. */
  readonly key: 'keep' | 'cycle' | 'end'
  /** A login: credentials were checked, so the absolute clock starts again. */
  readonly login: boolean
}

/** A session that exists. */
export interface Kept {
  readonly key: SessionKey
  readonly record: StoredRecord
}

/** How a commit left the session, and whether the visitor's cookie must say so. */
export interface Outcome {
  readonly kept: Kept | null
  readonly cookie: 'set' | 'clear' | null
}

/** How often a change is replayed against other processes' writers before the caller is asked to try again. */
const attempts = 20

/**
 * Stores what a request recorded. Throws `SessionInterrupted` where the session ended meanwhile, `SessionTooLarge`
 * past a cap, `SessionBusy` where other processes never left a gap, the reason of `release` where that let it go before
 * its turn came, and whatever an operation throws: then nothing was stored.
 */
export async function commit(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept | null,
  changes: Changes,
  release?: Release,
): Promise<Outcome> {
  if (release?.reason) throw release.reason
  if (kept === null) return start(settings, roster, changes)
  let outcome: Outcome = { kept, cookie: null }
  try {
    await settings.queue(
      idOf(kept.key),
      async (latest) => {
        if (changes.key === 'end') outcome = await end(settings, roster, kept, changes)
        else if (latest === null) outcome = await startAgain(settings, roster, changes)
        else {
          const newest = { key: kept.key, record: latest ?? kept.record }
          const write = changes.key === 'cycle' ? cycle : rewrite
          outcome = await write(settings, roster, newest, changes)
        }
        return afterwards(kept, outcome)
      },
      release,
    )
  } finally {
    settings.events?.publish(idOf(kept.key)) // a commit that failed may have ended it half-way
  }
  return outcome
}

/** The operator's clocks, as they are for sessions of this user; `auth` is null for a guest. */
export function policyOf(
  { policy }: Pick<SessionSettings, 'policy'>,
  roster: SessionRoster,
  auth: SessionAuth | null,
): Soon<ExpiryPolicy> {
  const longest = auth && roster.longestIdle(auth.userId)
  if (!(longest instanceof Promise)) return limitPolicy(policy, longest)
  return longest.then((seconds) => limitPolicy(policy, seconds))
}

async function start(
  settings: SessionSettings,
  roster: SessionRoster,
  changes: Changes,
): Promise<Outcome> {
  const draft = apply(settings, null, changes)
  if (isBlank(draft)) return { kept: null, cookie: null }
  const policy = await policyOf(settings, roster, draft.auth)
  const kept = await create(settings, newRecord(draft, policy, settings.now()))
  try {
    await roster.enroll(idOf(kept.key), kept.record, null, changes.login)
  } catch (error) {
    await takeBack(settings, roster, kept, null)
    throw error
  }
  return { kept, cookie: 'set' }
}

/** Removes a session whose key no visitor will ever hold, as far as that can be done. What stays behind expires. */
async function takeBack(
  { store }: SessionSettings,
  roster: SessionRoster,
  { key, record }: Kept,
  previous: PreviousSession | null,
): Promise<void> {
  const id = idOf(key)
  // In this order: where they share a row, the roster knows by it what was enrolled.
  if (record.auth) await roster.withdraw(id, previous).catch(() => undefined)
  await store.delete(id).catch(() => undefined)
}

/** The session ended while this request waited its turn. Proven credentials open a new, empty one; nothing else does. */
async function startAgain(
  settings: SessionSettings,
  roster: SessionRoster,
  changes: Changes,
): Promise<Outcome> {
  if (!changes.login) throw new SessionInterrupted()
  return start(settings, roster, changes)
}

async function rewrite(
  settings: SessionSettings,
  roster: SessionRoster,
  kept: Kept,
  changes: Changes,
): Promise<Outcome> {
  const { store, now } = settings
  const id = idOf(kept.key)
  const policy = await policyOf(settings, roster, kept.record.auth)
  let current: StoredRecord | null = kept.record
  for (let attempt = 0; attempt < attempts; attempt++) {
    const at = now()
    if (current === null || isExpired(current, at, policy)) throw new SessionInterrupted()
    const record = changedRecord(current, apply(settings, current, changes), policy, at)
    // The roster first: where it cannot be told, nothing is stored, and no session outlives its row there.
    if (record.auth) await roster.seen(id, record)
    const version = await store.save(id, record, current.version)
    if (version === 'gone') throw new SessionInterrupted()
    if (version !== 'conflict') {
      const due = isTouchDue(current, policy, at) || record.expiry !== current.expiry
      return { kept: { key: kept.key, record: { ...record, version } }, cookie: due ? 'set' : null }
    }
    current = await reload(store, id, attempt)
  }
  throw new SessionBusy()
}

/**
 * Everything under a new key: the copy is created, the roster told, and the old record ended at the version that was
 * copied. Where another writer saved it meanwhile, the copy is brought up to date first, so that nothing is lost. Where
 * the old session is gone by then, the copy goes too: it is in another place already, or was ended.
 */
async function cycle(
  settings: SessionSettings,
  roster: SessionRoster,
  old: Kept,
  changes: Changes,
): Promise<Outcome> {
  const { store, now } = settings
  const oldId = idOf(old.key)
  const before = await policyOf(settings, roster, old.record.auth)
  if (isExpired(old.record, now(), before)) return startAgain(settings, roster, changes)
  const copyOf = async (record: StoredRecord): Promise<SessionRecord> => {
    const draft = apply(settings, record, changes)
    const policy = await policyOf(settings, roster, draft.auth)
    const copy = changedRecord(record, draft, policy, now())
    return changes.login ? afterLogin(copy, policy, now()) : copy
  }
  let source = old.record
  let kept = await create(settings, await copyOf(old.record))
  const id = idOf(kept.key)
  // A change of password has moved the row to its epoch already. The record follows here.
  const auth = changes.login ? old.record.auth : kept.record.auth
  const previous = { id: oldId, auth, record: old.record }
  try {
    if (!(await roster.enroll(id, kept.record, previous, changes.login))) {
      await store.delete(id)
      return await startAgain(settings, roster, changes)
    }
    for (let attempt = 0; ; attempt++) {
      const outcome = await endCopied(store, oldId, source)
      if (outcome === 'ended') break
      if (attempt === attempts) throw new SessionBusy()
      const newest = outcome === 'gone' ? null : await reload(store, oldId, attempt)
      if (newest === null || isExpired(newest, now())) {
        await takeBack(settings, roster, kept, null)
        return await startAgain(settings, roster, changes)
      }
      source = newest
      const record = await copyOf(source)
      const version = await store.save(id, record, kept.record.version)
      if (version === 'conflict' || version === 'gone') throw new SessionInterrupted()
      kept = { key: kept.key, record: { ...record, version } }
    }
  } catch (error) {
    await takeBack(settings, roster, kept, previous)
    throw error
  }
  return { kept, cookie: 'set' }
}

/**
 * Ends a record at the version that was copied. To delete what is gone already is fine, and says nothing of who came
 * first; so it is ended by a save, which one change of key can make and no other.
 */
async function endCopied(
  store: SessionStore,
  id: SessionId,
  record: StoredRecord,
): Promise<'ended' | 'conflict' | 'gone'> {
  const over = { ...withoutVersion(record), data: {}, expiresAt: record.createdAt }
  const outcome = await store.save(id, over, record.version)
  if (outcome === 'conflict' || outcome === 'gone') return outcome
  await store.delete(id).catch(() => undefined) // it has expired
  return 'ended'
}

/** A new session first, where one is wanted: should the server stop in between, the visitor keeps the old one. */
async function end(
  settings: SessionSettings,
  roster: SessionRoster,
  old: Kept,
  changes: Changes,
): Promise<Outcome> {
  const next = await start(settings, roster, changes)
  const id = idOf(old.key)
  const isOver = old.record.auth !== null
  try {
    if (isOver) await roster.leave(id, next.kept !== null && changes.login)
    await settings.store.delete(id).catch((error: unknown) => {
      // The roster opens it no more, and another user has signed in: what is left behind expires.
      if (!isOver || next.kept === null) throw error
    })
  } catch (error) {
    if (next.kept) await takeBack(settings, roster, next.kept, null)
    throw error
  }
  return { kept: next.kept, cookie: next.kept ? 'set' : 'clear' }
}

async function create(settings: SessionSettings, record: SessionRecord): Promise<Kept> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const key = createKey()
    const version: Version | null = await settings.store.create(idOf(key), record)
    if (version !== null) return { key, record: { ...record, version } }
  }
  // A key of 256 random bits is never taken: the store says so of every one.
  throw new Error(`The session store says of ${attempts} new ids in a row that they are taken.`)
}

function apply(settings: SessionSettings, record: SessionRecord | null, changes: Changes): Draft {
  const draft = draftOf(record)
  for (const operation of changes.operations) operation(draft)
  checkSize(draft, settings.maxBytes)
  return draft
}

function newRecord(draft: Draft, policy: ExpiryPolicy, at: number): SessionRecord {
  return { ...startClocks(draft.expiry, policy, at), auth: draft.auth, data: draft.data }
}

function changedRecord(
  current: StoredRecord,
  draft: Draft,
  policy: ExpiryPolicy,
  at: number,
): SessionRecord {
  return active({ ...withoutVersion(current), ...draft }, policy, at)
}

/** Every write postpones the end; `lastSeenAt` moves by tenths, together with the cookie, so that neither outlives the other. */
export function active(record: SessionRecord, policy: ExpiryPolicy, at: number): SessionRecord {
  const lastSeenAt = isTouchDue(record, policy, at) ? at : record.lastSeenAt
  return { ...record, ...advance(record, policy, at), lastSeenAt }
}

/** A login proves who is there: both clocks start again. */
function afterLogin(record: SessionRecord, policy: ExpiryPolicy, at: number): SessionRecord {
  return {
    ...record,
    ...advance({ ...record, absoluteExpiresAt: absoluteEnd(policy, at) }, policy, at),
  }
}

/** Lets other processes finish first: a little longer, and less in step with them, each time. */
async function reload(
  store: SessionStore,
  id: SessionId,
  attempt: number,
): Promise<StoredRecord | null> {
  if (attempt > 0) await new Promise((done) => setTimeout(done, Math.random() * 5 * attempt))
  return store.load(id)
}

/** The record as it is handed to a store. */
export function withoutVersion({ version: _version, ...record }: StoredRecord): SessionRecord {
  return record
}

/** What the next writer of the old id finds: the record, or that there is none any more. */
function afterwards(before: Kept, { kept }: Outcome): Latest {
  return kept !== null && kept.key === before.key ? kept.record : null
}
