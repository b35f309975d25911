import type { Logger } from 'pino'
import { createStoreDependency } from '../session/guarded-store.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { Foundation } from './foundation.ts'

/** What the calls of an application wait for. */
export interface Dependencies {
  /** What calls of the store wait for: the database, where that keeps the records. Unused while sessions move. */
  readonly ofStore: Dependency
  /** What no request is answered without, by the names in the answer of `/ready`. */
  readonly needed: Named
  /** While sessions move: the stores beside the database. The server serves what is in one of them without the other. */
  readonly either: Named
  /** All of those, and a cache in front of them. */
  readonly all: Named
}

type Named = Readonly<Record<string, Dependency>>

/** The database, the stores where they are others, and the cache of the engine where it has one. */
export function dependenciesOf(
  { database, engine, engineOptions }: Foundation,
  log: Logger,
): Dependencies {
  const { recordIn, moving, cache } = engine
  if (moving) {
    const { current: store, previous: previousStore } = moving
    const either = {
      ...(store !== database && { store }),
      ...(previousStore !== database && { previousStore }),
    }
    return { ofStore: store, needed: { database }, either, all: { database, ...either } }
  }
  const { timeout } = engineOptions
  const ofStore = recordIn ? database : createStoreDependency(engine.store, { timeout, log })
  const needed = { database, ...(ofStore !== database && { store: ofStore }) }
  return { ofStore, needed, either: {}, all: { ...needed, ...(cache && { cache }) } }
}
