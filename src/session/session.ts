import { AsyncLocalStorage } from 'node:async_hooks'
import { commit, policyOf } from './commit.ts'
import type { Changes, Kept, SessionSettings } from './commit.ts'
import type { SessionData, SessionName, SessionUser } from './data.ts'
import { draftOf, putIn, valueIn, welcome } from './draft.ts'
import type { Draft, Operation } from './draft.ts'
import { expiresAtBrowserClose, isExpired, isPastLimit, isTouchDue } from './expiry.ts'
import type { Expiry, ExpiryPolicy } from './expiry.ts'
import { idOf } from './key.ts'
import type { SessionId, SessionKey } from './key.ts'
import type { Soon } from '../waiting/soon.ts'
import type { SessionAuth, SessionRecord } from './record.ts'
import { Refusal, SessionInterrupted, SessionStoreUnavailable } from '../refusals.ts'
import { createRelease } from '../waiting/release.ts'
import type { Release } from '../waiting/release.ts'
import type { SessionRoster } from './roster.ts'
import { touch } from './touch.ts'

/** What the response must do with the visitor's cookie: carry this key, drop it, or leave it alone (null). */
export type CookieVerdict =
  { readonly key: SessionKey; readonly record: SessionRecord } | 'clear' | null

/** The session whose transaction is running, for a transaction that begins inside of it. */
const insideOf = new AsyncLocalStorage<Session>()

const unchanged: Changes = { operations: [], key: 'keep', login: false }

/**
 * One visitor's session during one request: Django's `request.session`. Nothing is read before something is asked, and
 * nothing is created by reading. Changes are recorded at once and stored by `commit`, or by the end of a `transaction`.
 */
export class Session {
  /** Has anything been asked of it? Then the response depends on the cookie (`Vary: Cookie`). */
  accessed = false
  readonly #settings: SessionSettings
  readonly #roster: SessionRoster
  #presented: SessionKey | null
  #kept: Kept | null = null
  #loading: Promise<void> | null = null
  #changes: Changes = unchanged
  #cookie: 'set' | 'clear' | null = null
  #sealed = false
  /** Made once something is to be stored. */
  #abandonment: Release | null = null
  #isAbandoned = false
  /** How many commits have stored something, or may have. */
  #writes = 0
  #isWatched = false
  #turn: Promise<unknown> = Promise.resolve()
  #storing: Promise<unknown> = Promise.resolve()

  /** `presented` is the key of the request's cookie; null for a visitor without one. It is not looked up yet. */
  constructor(settings: SessionSettings, roster: SessionRoster, presented: SessionKey | null) {
    this.#settings = settings
    this.#roster = roster
    this.#presented = presented
  }

  /** Its public name; null until something is stored. */
  async id(): Promise<SessionId | null> {
    await this.#load()
    return this.#kept && idOf(this.#kept.key)
  }

  /** The id that the visitor's cookie names, whether there is such a session or not; null without a cookie. No lookup. */
  get presentedId(): SessionId | null {
    return this.#presented && idOf(this.#presented)
  }

  /** Who it is signed in as; null for an anonymous visitor. */
  async auth(): Promise<SessionAuth | null> {
    return (await this.#view()).auth
  }

  /**
   * The record as it is stored; null where there is none. Where this request is to be written down as activity, that is
   * done first: a caller who is told of a clock is told the one that the cookie goes by.
   */
  async record(): Promise<SessionRecord | null> {
    await this.#load()
    if (this.#settings.saveEveryRequest && !this.modified && !this.#sealed)
      await this.#touch({ isActivity: true })
    return this.#kept && this.#kept.record
  }

  /** The value of `name`; `fallback`, or null, where there is none. */
  async get<Name extends SessionName>(name: Name): Promise<SessionData[Name] | null>
  async get<Name extends SessionName>(
    name: Name,
    fallback: SessionData[Name],
  ): Promise<SessionData[Name]>
  async get<Name extends SessionName>(
    name: Name,
    fallback: SessionData[Name] | null = null,
  ): Promise<SessionData[Name] | null> {
    return valueIn(await this.#view(), name, this.#settings.definitions) ?? fallback
  }

  /** Is there a value of `name`? */
  async has(name: SessionName): Promise<boolean> {
    return valueIn(await this.#view(), name, this.#settings.definitions) !== null
  }

  /** The names that hold a value, sorted. */
  async keys(): Promise<SessionName[]> {
    return (await this.entries()).map(([name]) => name)
  }

  /** Names and values, sorted by name. */
  async entries(): Promise<[SessionName, SessionData[SessionName]][]> {
    const draft = await this.#view()
    const { definitions } = this.#settings
    const names = (Object.keys(definitions) as SessionName[]).sort()
    return names.flatMap((name) => {
      const value = valueIn(draft, name, definitions)
      return value === null ? [] : [[name, value]]
    })
  }

  /** Neither a key nor data: Django's `is_empty`. A signed-in session is not empty, whatever it holds. */
  async isEmpty(): Promise<boolean> {
    const draft = await this.#view()
    const isKept = this.#kept !== null && this.#changes.key !== 'end'
    return !isKept && draft.auth === null && Object.keys(draft.data).length === 0
  }

  /** Stores `value` under `name`, whatever was there. */
  set<Name extends SessionName>(name: Name, value: SessionData[Name]): void {
    this.#record((draft) => putIn(draft, name, value, this.#settings.definitions))
  }

  /** Forgets `name`. Forgetting what is not there is fine. */
  delete(name: SessionName): void {
    this.#record((draft) => {
      delete draft.data[name]
    })
  }

  /**
   * Stores what `change` makes of the value of `name` (null where there is none), atomically: `change` runs again on
   * what another writer stored first, so it must be pure. A refusal it throws is the outcome, and nothing is stored.
   */
  update<Name extends SessionName>(
    name: Name,
    change: (value: SessionData[Name] | null) => SessionData[Name],
  ): void {
    const { definitions } = this.#settings
    this.#record((draft) =>
      putIn(draft, name, change(valueIn(draft, name, definitions)), definitions),
    )
  }

  /** The value of `name`, which is forgotten; `fallback`, or null, where there is none. */
  async pop<Name extends SessionName>(
    name: Name,
    fallback: SessionData[Name] | null = null,
  ): Promise<SessionData[Name] | null> {
    const value = await this.get(name)
    if (value !== null) this.delete(name)
    return value ?? fallback
  }

  /** The value of `name`, which is `value` from now on where there was none. */
  async setDefault<Name extends SessionName>(
    name: Name,
    value: SessionData[Name],
  ): Promise<SessionData[Name]> {
    if (await this.has(name)) return this.get(name, value)
    this.update(name, (current) => current ?? value)
    return value
  }

  /** Forgets every name. Who is signed in, the key and the expiry stay. */
  clear(): void {
    this.#record((draft) => {
      draft.data = {}
    })
  }

  /** Has anything been recorded that is not stored yet? */
  get modified(): boolean {
    return this.#changes.operations.length > 0 || this.#changes.key !== 'keep'
  }

  /** Ends this session and everything in it. What is stored afterwards starts a new one, under a new key. */
  flush(): void {
    this.#assertOpen()
    this.#changes = { operations: [], key: 'end', login: false }
  }

  /** Moves everything to a new key; the old one opens nothing from then on. For every change of privilege (OWASP). */
  cycleKey(): void {
    this.#assertOpen()
    if (this.#changes.key === 'keep') this.#changes = { ...this.#changes, key: 'cycle' }
  }

  /**
   * Signs `auth` in under a new key. Call it through `login`, which checks what may survive, and says who `user` is: what
   * a guest stored is then dealt with as the rule of each name says.
   */
  bind(auth: SessionAuth, expiry: Expiry, user: SessionUser | null = null): void {
    this.cycleKey()
    this.#record((draft) => {
      if (user && draft.auth === null) welcome(draft, user, this.#settings.definitions)
      draft.auth = auth
      draft.expiry = expiry
    })
    this.#changes = { ...this.#changes, login: true }
  }

  /** Goes on as `auth`, who is signed in already, under a new key: no clock starts again, and the expiry stays. */
  rebind(auth: SessionAuth): void {
    this.cycleKey()
    this.#record((draft) => {
      draft.auth = auth
    })
  }

  /** Django's `set_expiry`: seconds of inactivity, 'browser', a fixed instant, or null for the operator's policy. */
  setExpiry(expiry: Expiry): void {
    this.#record((draft) => {
      draft.expiry = expiry
    })
  }

  /** When it ends, in milliseconds since 1970, if nothing more happens; null where nothing is stored. */
  async expiryDate(): Promise<number | null> {
    const record = await this.record()
    return record && record.expiresAt
  }

  /** The whole seconds until then; null where nothing is stored. */
  async expiryAge(): Promise<number | null> {
    const date = await this.expiryDate()
    return date === null ? null : Math.floor((date - this.#settings.now()) / 1000)
  }

  /** Does the cookie go when the browser closes? */
  async expiresAtBrowserClose(): Promise<boolean> {
    return expiresAtBrowserClose((await this.#view()).expiry, this.#settings.policy)
  }

  /**
   * Runs `work` and stores what it recorded, before its result is seen. An unexpected error undoes everything that was
   * recorded; a `Refusal` is a result, and what was recorded beside it is stored. One transaction at a time; one inside
   * another is a part of it.
   */
  transaction<Result>(work: () => Promise<Result>): Promise<Result> {
    if (insideOf.getStore() === this) return work()
    const turn = this.#turn.then(() => this.#transact(work))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Stores what was recorded so far. See `commit` in commit.ts for what it throws; then those changes are forgotten. */
  commit(): Promise<void> {
    const turn = this.#storing.then(() => this.#store())
    this.#storing = turn.catch(() => undefined)
    return turn
  }

  /**
   * Another look at the same key, at what is stored by then: for streams, which outlive what this request has loaded.
   * It cannot be changed. Watching is no activity: a request that does it keeps no session alive.
   */
  watch(): Session {
    this.accessed = true
    this.#isWatched = true
    const look = new Session(this.#settings, this.#roster, this.#presented)
    look.#sealed = true
    return look
  }

  /**
   * Forgets what was recorded and is not being stored yet, what waits its turn included, and lets nothing follow: for a
   * request whose time is up while it still runs. What is being stored at this moment cannot be taken back: waits for it,
   * and says whether it may have been stored.
   */
  async abandon(): Promise<boolean> {
    const before = this.#writes
    this.#changes = unchanged
    this.#sealed = true
    this.#isAbandoned = true
    this.#abandonment?.letGo(
      new Error('The request was answered before its changes had their turn.'),
    )
    await this.#storing
    return this.#writes > before
  }

  /**
   * The last word of a request: stores what is left, writes down that the visitor was here, and lets nothing follow. What
   * cannot be stored is thrown; activity that cannot be written down is not.
   */
  async close({ touch = this.#settings.saveEveryRequest ?? false } = {}): Promise<void> {
    await this.commit()
    this.#sealed = true
    await this.#touch({ isActivity: touch && this.accessed })
  }

  /** The session as it is stored, so far; null where there is none. Asks no store. */
  get kept(): Kept | null {
    return this.#kept
  }

  /** What the response must do with the cookie, so far. */
  get cookie(): CookieVerdict {
    if (this.#cookie === 'set' && this.#kept) return this.#kept
    return this.#cookie === 'clear' ? 'clear' : null
  }

  async #transact<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#changes
    let result: Result
    try {
      result = await insideOf.run(this, work)
    } catch (error) {
      if (error instanceof Refusal) await this.commit()
      else this.#changes = before
      throw error
    }
    await this.commit()
    return result
  }

  /** Writes down what is due: activity, or a limit that the clocks do not know of yet. At most once a request. */
  async #touch({ isActivity }: { readonly isActivity: boolean }): Promise<void> {
    if (this.#kept === null || this.#isWatched || this.#isAbandoned || this.#cookie !== null) return
    const turn = this.#storing.then(async () => {
      if (this.#kept === null || this.#cookie !== null) return
      const { record } = this.#kept
      const isDue = isActivity
        ? isTouchDue(record, await this.#policy(record), this.#settings.now())
        : isPastLimit(record, await this.#policy(record))
      if (isDue) this.#settle(await touch(this.#settings, this.#roster, this.#kept))
    })
    this.#storing = turn.catch(() => undefined)
    return this.#storing.then(() => undefined)
  }

  #policy({ auth }: SessionRecord): Soon<ExpiryPolicy> {
    return policyOf(this.#settings, this.#roster, auth)
  }

  async #store(): Promise<void> {
    if (!this.modified) return
    this.#assertOpen()
    const changes = this.#changes
    this.#abandonment ??= createRelease()
    try {
      await this.#load()
      if (this.#kept === null) await this.#assertNotSuperseded(changes)
      const outcome = await commit(
        this.#settings,
        this.#roster,
        this.#kept,
        changes,
        this.#abandonment,
      )
      this.#writes++
      this.#settle(outcome, changes.key)
    } catch (error) {
      if (error instanceof SessionStoreUnavailable && error.isOpen) this.#writes++
      throw error
    } finally {
      this.#forget(changes)
    }
  }

  /** Forgets changes that were dealt with, and no other: more may have been recorded meanwhile. */
  #forget(changes: Changes): void {
    const { operations, key, login } = this.#changes
    if (changes.operations.some((operation, at) => operation !== operations[at])) return // a flush came after them
    this.#changes = {
      operations: operations.slice(changes.operations.length),
      key: key === changes.key ? 'keep' : key,
      login: login && !changes.login,
    }
  }

  #settle(
    { kept, cookie }: { kept: Kept | null; cookie: 'set' | 'clear' | null },
    key: Changes['key'] = 'keep',
  ): void {
    if (key === 'end') {
      const hadCookie = this.#presented !== null || this.#cookie === 'set'
      this.#presented = null
      this.#cookie = kept ? 'set' : hadCookie ? 'clear' : null
    } else {
      this.#cookie = cookie ?? this.#cookie
    }
    this.#kept = kept
  }

  /** A write under a key that names nothing starts a new session, unless the key was replaced while the request was on its way. */
  async #assertNotSuperseded({ login, key }: Changes): Promise<void> {
    if (this.#presented === null || login || key === 'end') return
    if (await this.#roster.isSuperseded(idOf(this.#presented))) throw new SessionInterrupted()
  }

  async #view(): Promise<Draft> {
    await this.#load()
    const draft = draftOf(
      this.#changes.key === 'end' || this.#kept === null ? null : this.#kept.record,
    )
    for (const operation of this.#changes.operations) operation(draft)
    return draft
  }

  #record(operation: Operation): void {
    this.#assertOpen()
    this.#changes = { ...this.#changes, operations: [...this.#changes.operations, operation] }
  }

  #assertOpen(): void {
    this.accessed = true
    if (this.#sealed)
      throw new Error('The response has begun: the session can no longer be changed.')
  }

  #load(): Promise<void> {
    this.accessed = true
    this.#loading ??= this.#open()
    return this.#loading
  }

  async #open(): Promise<void> {
    const key = this.#presented
    if (key === null) return
    const record = await this.#roster.open(idOf(key), this.#settings.store)
    if (record === null) return
    // Was the visitor here recently enough for who they are by now?
    const policy = await this.#policy(record)
    if (!isExpired(record, this.#settings.now(), policy)) this.#kept = { key, record }
  }
}
