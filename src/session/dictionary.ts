import type { Soon } from '../waiting/soon.ts'
import { createPending } from './pending.ts'
import type { Unhandled } from './pending.ts'
import { viewOf, withOperation } from './commit/changes.ts'
import { definitionOf } from './record/data.ts'
import type { SessionName } from './record/data.ts'
import type { SessionData } from './record/session-data.ts'
import { putIn, valueIn } from './record/draft.ts'
import { serialize } from './record/serialize.ts'
import type { Draft, Operation } from './record/draft.ts'
import { assertOpen, load } from './unit-of-work.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/**
 * The values of a session, as callers read and write them: Django's dictionary. Only `Session` extends this. Both are
 * classes, because every request makes a session, and methods of a prototype cost nothing to make.
 */
export abstract class SessionDictionary {
  /** Has the request used its session? Then the response depends on the cookie (`Vary: Cookie`). */
  accessed = false
  /** Told of failures that no code waits for, save that of `close`. */
  unhandled: Unhandled = { late: () => {} }
  protected readonly work: UnitOfWork

  constructor(work: UnitOfWork) {
    this.work = work
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
    return valueIn(await this.view(), name, this.definitions) ?? fallback
  }

  /** Is there a value of `name`? */
  async has(name: SessionName): Promise<boolean> {
    return valueIn(await this.view(), name, this.definitions) !== null
  }

  /** The names that hold a value, sorted. */
  async keys(): Promise<SessionName[]> {
    return (await this.entries()).map(([name]) => name)
  }

  /** Names and values, sorted by name. */
  async entries(): Promise<[SessionName, SessionData[SessionName]][]> {
    const draft = await this.view()
    const names = (Object.keys(this.definitions) as SessionName[]).sort()
    return names.flatMap((name) => {
      const value = valueIn(draft, name, this.definitions)
      return value === null ? [] : [[name, value]]
    })
  }

  /**
   * Stores `value` under `name`, whatever was there. Throws at once where the application keeps no such name, where the value
   * does not fit its schema, and where JSON would change it. Past the cap of the name, the commit throws.
   */
  set<Name extends SessionName>(name: Name, value: SessionData[Name]): void {
    const { definitions } = this
    const serialized = serialize(name, value, definitions, `session.set('${name}')`)
    this.change((draft) => putIn(draft, name, serialized, definitions))
  }

  /** Forgets `name`, with or without a value. */
  delete(name: SessionName): void {
    this.change((draft) => {
      delete draft.data[name]
    })
  }

  /**
   * Stores what `change` makes of the value of `name` (null where there is none), atomically: `change` runs again on what
   * another writer stored first, so it must be pure, and must not be async. Where `change` throws a refusal, or its value
   * does not fit, the caller gets that error and nothing is stored.
   */
  update<Name extends SessionName>(
    name: Name,
    change: (value: SessionData[Name] | null) => SessionData[Name],
  ): void {
    this.replace('update', name, change)
  }

  /** Takes the value of `name` out of the session; `fallback`, or null, where there is none. */
  async pop<Name extends SessionName>(
    name: Name,
    fallback: SessionData[Name] | null = null,
  ): Promise<SessionData[Name] | null> {
    const value = await this.get(name)
    if (value !== null) this.delete(name)
    return value ?? fallback
  }

  /** The value of `name`. Stores `value` first where there is none. */
  async setDefault<Name extends SessionName>(
    name: Name,
    value: SessionData[Name],
  ): Promise<SessionData[Name]> {
    if (await this.has(name)) return this.get(name, value)
    this.replace('setDefault', name, (current) => current ?? value)
    return value
  }

  /** Forgets every name. Who is signed in, the key and the expiry stay. */
  clear(): void {
    this.change((draft) => {
      draft.data = {}
    })
  }

  /**
   * Has `close` wait for `work`, which changes this session: where `isWaitedFor` is false, only as long as no other code
   * waits for it. A failure that no code handles becomes that of the request. Await what this returns in place of `work`.
   */
  follow<Result>(work: Promise<Result>, isWaitedFor: boolean): Promise<Result> {
    const pending = (this.work.pending ??= createPending(
      () => this.unhandled,
      () => this.work.sealed !== null,
    ))
    return pending.follow(work, isWaitedFor)
  }

  private replace<Name extends SessionName>(
    method: string,
    name: Name,
    change: (value: SessionData[Name] | null) => SessionData[Name],
  ): void {
    const { definitions } = this
    definitionOf(definitions, name) // throws here, where the caller's line is in the stack
    this.change((draft) => {
      const value = change(valueIn(draft, name, definitions))
      putIn(
        draft,
        name,
        serialize(name, value, definitions, `session.${method}('${name}')`),
        definitions,
      )
    })
  }

  protected get definitions() {
    return this.work.settings.definitions
  }

  protected load(): Soon<void> {
    this.accessed = true
    return load(this.work)
  }

  protected async view(): Promise<Readonly<Draft>> {
    await this.load()
    return viewOf(this.work.kept, this.work.changes)
  }

  protected change(operation: Operation): void {
    this.assertOpen()
    this.work.changes = withOperation(this.work.changes, operation)
  }

  protected assertOpen(): void {
    this.accessed = true
    assertOpen(this.work)
  }
}
