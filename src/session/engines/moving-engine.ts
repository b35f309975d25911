import { carryKey } from '../cookie/carrier.ts'
import type { CreateStore } from './custom-engine.ts'
import { EngineUnusable } from './custom-engine.ts'
import { openEngine } from './engines.ts'
import type { BuiltInOptions, Engine } from './engines.ts'
import { onlyWhole, withoutHalfMoved } from '../moving/half-moved.ts'
import { guardStore, createStoreDependency } from '../guarded-store.ts'
import { createMovingStore } from '../moving/moving-store.ts'
import { hasWrittenEnd } from '../moving/written-end.ts'
import type { SessionStore } from '../store.ts'
import type { Dependency } from '../../waiting/dependency.ts'

/** An engine, by its name or as the function that opens its store. */
export type EngineChoice = string | CreateStore

/** What engines are opened with. */
export interface OpeningOptions extends BuiltInOptions {
  /** The database, as what calls wait for. */
  readonly database: Dependency
}

/**
 * Opens `engine`, and `previous` beside it where sessions may still be there: the server reads and writes each session where
 * it is. Throws `EngineUnusable`, and leaves nothing open, where one of them cannot be opened, or sessions cannot move
 * between the two.
 */
export async function openEngines(
  engine: EngineChoice,
  previous: EngineChoice | null,
  options: OpeningOptions,
): Promise<Engine> {
  if (previous === null) return alone(await openEngine(engine, options), options.warn)
  if (previous === engine) throw unusable('It is the engine itself. Leave it out.')
  const current = await openEngine(engine, options)
  let before: Engine | null = null
  try {
    before = await openEngine(previous, options).catch(nameSetting)
    const sentence = whyNotMovable(current, before)
    if (sentence !== null) throw unusable(sentence)
    return {
      ...together(current, before, options),
      // Some records are in the roster's rows and some are not, so each is read from the store.
      recordIn: null,
      keepsRecords: true,
      carrierFor: carryKey,
    }
  } catch (error) {
    await Promise.allSettled([current.store.close?.(), before?.store.close?.()])
    throw error
  }
}

/** One store of two, each with a breaker of its own, so that either serves what it keeps while the other one is away. */
function together(
  current: Engine,
  before: Engine,
  { database, db, now, timeout, log }: OpeningOptions,
) {
  const dependencyOf = ({ recordIn, store }: Engine, name: string) =>
    recordIn ? database : createStoreDependency(store, { name, timeout, log })
  const moving = {
    current: dependencyOf(current, 'The session store'),
    previous: dependencyOf(before, 'The previous session store'),
  }
  const stores = {
    current: guarded(current.store, moving.current),
    previous: guarded(before.store, moving.previous),
  }
  const besideRows = current.recordIn ? stores.previous : before.recordIn ? stores.current : null
  const store = createMovingStore({
    ...stores,
    now,
    isDown: (each) => moving[each === stores.current ? 'current' : 'previous'].isDown,
    isEnded: (id) => database.call(() => hasWrittenEnd(db, id)),
  })
  return { store, moving, ...(besideRows && { besideRows }) }
}

/**
 * A record that is created late is not taken back: it may be the place of a move, which another process has used since. Clearing
 * goes past the guard: no visitor waits for it, and a store that forgets by itself is not asked.
 */
function guarded(store: SessionStore, dependency: Dependency): SessionStore {
  const clearing = store.clearing?.bind(store)
  return {
    ...guardStore(store, dependency),
    create: (id, record) => dependency.call(() => store.create(id, record), { isWrite: true }),
    clearExpired: (now, limit) => store.clearExpired(now, limit),
    ...(clearing && { clearing }),
  }
}

/** An engine without another: it has no session that a broken-off move has left half way. */
function alone(engine: Engine, warn: (message: string) => void): Engine {
  const { store, recordIn } = engine
  const whole = onlyWhole(warn)
  return {
    ...engine,
    store: withoutHalfMoved(store, whole),
    recordIn: recordIn && ((id, row) => whole(id, recordIn(id, row))),
  }
}

/** Why sessions cannot move between the two; null where they can. */
function whyNotMovable(one: Engine, other: Engine): string | null {
  if (!one.keepsRecords || !other.keepsRecords)
    return 'Cookies that carry sessions are with the visitors, and no server can move them: people sign in again.'
  if (one.recordIn && other.recordIn)
    return 'Both engines keep their records in the database: there is nothing to move.'
  return null
}

function unusable(message: string): EngineUnusable {
  return new EngineUnusable(message, {}, 'SESSION_ENGINE_PREVIOUS')
}

function nameSetting(error: unknown): never {
  if (!(error instanceof EngineUnusable)) throw error
  throw unusable(error.message.replace(/^(SESSION_ENGINE|engine): /, ''))
}
