import { flushed, isUnchanged, viewOf } from './commit/changes.ts'
import type { Kept } from './commit/changes.ts'
import { SessionDictionary } from './dictionary.ts'
import type { SessionUser } from './record/data.ts'
import { applySignInRules } from './record/draft.ts'
import { expiresAtBrowserClose } from './record/expiry.ts'
import type { Expiry } from './record/expiry.ts'
import type { SessionId, SessionKey } from './key.ts'
import type { SessionAuth, SessionRecord } from './record/record.ts'
import type { SessionRoster } from './roster.ts'
import type { SessionSettings } from './settings.ts'
import { after } from '../waiting/soon.ts'
import type { Soon } from '../waiting/soon.ts'
import { abandon, store, touchIfDue, transact } from './storing.ts'
import { presentedIdOf, seals, startWork } from './unit-of-work.ts'

/** What the response must do with the visitor's cookie: carry this key, drop it, or leave it alone (null). */
export type CookieVerdict =
  { readonly key: SessionKey; readonly record: SessionRecord } | 'clear' | null

/**
 * One visitor's session during one request: Django's `request.session`. It loads when a caller first reads it, and reading
 * creates nothing. It records changes; `commit`, or the end of a `transaction`, stores them.
 */
export class Session extends SessionDictionary {
  /** `presented` is the key of the request's cookie; null for a visitor without one. No store is asked yet. */
  constructor(settings: SessionSettings, roster: SessionRoster, presented: SessionKey | null) {
    super(startWork(settings, roster, presented))
  }

  /** Its public name; null until something is stored. */
  async id(): Promise<SessionId | null> {
    await this.load()
    return this.work.kept && this.work.kept.id
  }

  /** The id that the visitor's cookie names, whether or not there is such a session; null without a cookie. Asks no store. */
  get presentedId(): SessionId | null {
    return presentedIdOf(this.work)
  }

  /** Who it is signed in as; null for an anonymous visitor. */
  auth(): Soon<SessionAuth | null> {
    return after(this.load(), () => viewOf(this.work.kept, this.work.changes).auth)
  }

  /**
   * The record as it is stored; null where there is none. A touch that is due comes first, so that a caller sees the clocks
   * that the cookie has.
   */
  async record(): Promise<SessionRecord | null> {
    await this.load()
    const work = this.work
    if (work.settings.saveEveryRequest && !this.modified && work.sealed === null)
      await touchIfDue(work, true)
    return work.kept && work.kept.record
  }

  /** Neither a key nor data: Django's `is_empty`. A signed-in session is not empty, whatever it holds. */
  async isEmpty(): Promise<boolean> {
    const draft = await this.view()
    const isKept = this.work.kept !== null && this.work.changes.key !== 'end'
    return !isKept && draft.auth === null && Object.keys(draft.data).length === 0
  }

  /** Has anything been recorded that is not stored yet? */
  get modified(): boolean {
    return !isUnchanged(this.work.changes)
  }

  /** Ends this session and everything in it. A later change starts a new session, under a new key. */
  flush(): void {
    this.assertOpen()
    this.work.changes = flushed
  }

  /** Moves everything to a new key, after which the old one opens nothing. For every change of privilege (OWASP). */
  cycleKey(): void {
    this.assertOpen()
    const { changes } = this.work
    if (changes.key === 'keep') this.work.changes = { ...changes, key: 'cycle' }
  }

  /**
   * Signs `auth` in under a new key. Call it through `bind` of auth/logins, which first ends the session of another user.
   * Where a guest signs in as `user`, the rule of each name decides about its value.
   */
  bind(auth: SessionAuth, expiry: Expiry, user: SessionUser | null = null): void {
    this.cycleKey()
    this.change((draft) => {
      if (user && draft.auth === null) applySignInRules(draft, user, this.definitions)
      draft.auth = auth
      draft.expiry = expiry
    })
    this.work.changes = { ...this.work.changes, login: true }
  }

  /** Goes on as `auth`, who is signed in already, under a new key: no clock starts again, and the expiry stays. */
  rebind(auth: SessionAuth): void {
    this.cycleKey()
    this.change((draft) => {
      draft.auth = auth
    })
  }

  /** Django's `set_expiry`: seconds of inactivity, 'browser', a fixed instant, or null for the operator's policy. */
  setExpiry(expiry: Expiry): void {
    this.change((draft) => {
      draft.expiry = expiry
    })
  }

  /** When it ends without more activity, in milliseconds since 1970; null where nothing is stored. */
  async expiryDate(): Promise<number | null> {
    const record = await this.record()
    return record && record.expiresAt
  }

  /** The whole seconds until then; null where nothing is stored. */
  async expiryAge(): Promise<number | null> {
    const date = await this.expiryDate()
    return date === null ? null : Math.floor((date - this.work.settings.now()) / 1000)
  }

  /** Does the browser drop the cookie when it closes? */
  async expiresAtBrowserClose(): Promise<boolean> {
    return expiresAtBrowserClose((await this.view()).expiry, this.work.settings.policy)
  }

  /**
   * Runs `work` and stores what it recorded, before it returns the result. An unexpected error undoes every recorded change;
   * a `Refusal` is a result, and the changes beside it are stored. Transactions run one at a time: inside one, do not begin
   * another, which would wait for itself.
   */
  transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.follow(transact(this.work, work), false)
  }

  /** Stores what was recorded so far. Throws what `commit` in commit.ts throws, and then forgets those changes. */
  commit(): Promise<void> {
    return this.follow(store(this.work), true)
  }

  /**
   * A session of the same key that loads anew, for streams, which outlive what this request has loaded. A caller cannot
   * change it: the error says `sealed`. Watching is no activity, and keeps no session alive.
   */
  watch(sealed = seals.begun): Session {
    this.accessed = true
    this.work.isWatched = true
    const { settings, roster, presented } = this.work
    const look = new Session(settings, roster, presented)
    look.work.sealed = sealed
    return look
  }

  /**
   * For a request whose time is up while it still runs. Forgets the changes that are not being stored yet, also those that
   * wait their turn, and allows no more. A write at this moment cannot be taken back: this waits for it, and says whether it
   * may have stored something.
   */
  abandon(): Promise<boolean> {
    return abandon(this.work)
  }

  /**
   * Ends the request: waits for what it has begun, stores the changes that are left, writes activity down, and allows no more
   * changes (from the call on, where nothing is under way). Throws where changes cannot be stored, but not where activity
   * cannot be written down. A second call does nothing.
   */
  close({ touch = this.work.settings.saveEveryRequest ?? false } = {}): Soon<void> {
    const work = this.work
    return after(work.isAbandoned ? undefined : work.pending?.settled(), () => {
      work.sealed ??= seals.begun
      const storing = work.storing !== null || this.modified ? store(work) : undefined
      return after(storing, () => touchIfDue(work, touch && this.accessed))
    })
  }

  /** The session as it is stored, so far; null where there is none. Asks no store. */
  get kept(): Kept | null {
    return this.work.kept
  }

  /** Had another request ended the signed-in session before this one stored its own end? */
  get wasOver(): boolean {
    return this.work.wasOver
  }

  /** What the response must do with the cookie, so far. */
  get cookie(): CookieVerdict {
    const { cookie, kept } = this.work
    if (cookie === 'set' && kept) return kept
    return cookie === 'clear' ? 'clear' : null
  }
}
