import type { Release } from '../waiting/release.ts'
import { after } from '../waiting/soon.ts'
import type { Soon } from '../waiting/soon.ts'
import { unchanged } from './commit/changes.ts'
import type { Changes, Kept } from './commit/changes.ts'
import type { Pending } from './pending.ts'
import { isExpired } from './record/expiry.ts'
import { idOf } from './key.ts'
import type { SessionId, SessionKey } from './key.ts'
import type { SessionRoster } from './roster.ts'
import { policyOf } from './settings.ts'
import type { SessionSettings } from './settings.ts'

/** One session during one request: what is known of it, what is recorded, and what is under way. */
export interface UnitOfWork {
  readonly settings: SessionSettings
  readonly roster: SessionRoster
  /** The key of the request's cookie; null without one, and once this request has ended its session. */
  presented: SessionKey | null
  /** The id of that key, once it was asked for. */
  presentedId: SessionId | null
  /** The session as it is stored; null where there is none, or before it is loaded. */
  kept: Kept | null
  isLoaded: boolean
  loading: Promise<void> | null
  changes: Changes
  cookie: 'set' | 'clear' | null
  /** Why changes are refused, as the error says it; null while they are allowed. */
  sealed: string | null
  isWatched: boolean
  isAbandoned: boolean
  /** Had another request ended the session before this one ended it? */
  wasOver: boolean
  /** How many commits have stored something, or may have. */
  writes: number
  /** Lets go of a commit that waits its turn. Made with the first commit. */
  release: Release | null
  /** The last transaction and the last write to the store; null where it is over. The next one waits for it. */
  transacting: Promise<unknown> | null
  storing: Promise<unknown> | null
  /** The logins, transactions and commits that `close` waits for. Made with the first of them. */
  pending: Pending | null
}

/** Nothing looked up and nothing recorded. */
export function startWork(
  settings: SessionSettings,
  roster: SessionRoster,
  presented: SessionKey | null,
): UnitOfWork {
  return {
    settings,
    roster,
    presented,
    presentedId: null,
    kept: null,
    isLoaded: presented === null,
    loading: null,
    changes: unchanged,
    cookie: null,
    sealed: null,
    isWatched: false,
    isAbandoned: false,
    wasOver: false,
    writes: 0,
    release: null,
    transacting: null,
    storing: null,
    pending: null,
  }
}

/** The id that the visitor's cookie names; null without one. */
export function presentedIdOf(work: UnitOfWork): SessionId | null {
  return work.presented && (work.presentedId ??= idOf(work.presented))
}

/**
 * Loads the session, once in a request. Where that fails, later callers get the same error, and the store gets no second
 * call.
 */
export function load(work: UnitOfWork): Soon<void> {
  if (work.isLoaded) return
  if (work.loading === null) {
    try {
      const opening = open(work)
      if (!(opening instanceof Promise)) return
      work.loading = opening
    } catch (error) {
      work.loading = Promise.reject(error)
      // A caller that gave up in the meantime leaves the rejection unhandled.
      work.loading.catch(() => undefined)
    }
  }
  return work.loading
}

function open(work: UnitOfWork): Soon<void> {
  const { settings, roster, presented: key } = work
  const id = presentedIdOf(work)
  if (key === null || id === null) return loaded(work, null)
  return after(roster.open(id, settings.store), (record) => {
    if (record === null) return loaded(work, null)
    // The user may have become staff since, with a shorter idle age. So the present policy decides whether it has expired.
    return after(policyOf(settings, roster, record.auth), (policy) => {
      const isOver = isExpired(record, settings.now(), policy)
      return loaded(work, isOver ? null : { key, id, record })
    })
  })
}

function loaded(work: UnitOfWork, kept: Kept | null): void {
  work.kept = kept
  work.isLoaded = true
}

/** Throws where changes are refused. */
export function assertOpen({ sealed }: UnitOfWork): void {
  if (sealed !== null) throw new Error(sealed)
}

/** Why a session is sealed: its answer has begun, or its request was given up. */
export const seals = {
  begun: 'The response has begun: the session can no longer be changed.',
  abandoned: 'The request is over: its session can no longer be changed.',
}
