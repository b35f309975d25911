import type { Logger } from 'pino'
import { createStoreDependency } from '../session/guarded-store.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { Foundation } from './foundation.ts'

/** What the calls of an application wait for. */
export interface Dependencies {
  /** What calls of the store wait for: the database, where that keeps the records. */
  readonly ofStore: Dependency
  /** What no request is answered without, by the names in the answer of `/ready`. */
  readonly needed: Readonly<Record<string, Dependency>>
  /** Those, and a cache in front of them. */
  readonly all: Readonly<Record<string, Dependency>>
}

/** The database, the store where it is another, and the cache of the engine where it has one. */
export function dependenciesOf(
  { database, engine, engineOptions }: Foundation,
  log: Logger,
): Dependencies {
  const { timeout } = engineOptions
  const ofStore = engine.recordIn ? database : createStoreDependency(engine.store, { timeout, log })
  const needed = { database, ...(ofStore !== database && { store: ofStore }) }
  return { ofStore, needed, all: { ...needed, ...(engine.cache && { cache: engine.cache }) } }
}
