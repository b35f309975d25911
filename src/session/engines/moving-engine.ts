import { carryKey } from '../cookie/carrier.ts'
import type { CreateStore } from './custom-engine.ts'
import { EngineUnusable } from './custom-engine.ts'
import { openEngine } from './engines.ts'
import type { BuiltInOptions, Engine } from './engines.ts'
import { onlyWhole, withoutHalfMoved } from '../moving/half-moved.ts'
import { createMovingStore } from '../moving/moving-store.ts'

/** An engine, by its name or as the function that opens its store. */
export type EngineChoice = string | CreateStore

/**
 * Opens `engine`, and `previous` beside it where sessions may still be there: the server reads and writes each session where
 * it is. Throws `EngineUnusable`, and leaves nothing open, where one of them cannot be opened, or sessions cannot move
 * between the two.
 */
export async function openEngines(
  engine: EngineChoice,
  previous: EngineChoice | null,
  options: BuiltInOptions,
): Promise<Engine> {
  if (previous === null) return alone(await openEngine(engine, options), options.warn)
  if (previous === engine) throw unusable('It is the engine itself. Leave it out.')
  const current = await openEngine(engine, options)
  let before: Engine | null = null
  try {
    before = await openEngine(previous, options).catch(nameSetting)
    const sentence = whyNotMovable(current, before)
    if (sentence !== null) throw unusable(sentence)
    const besideRows = current.recordIn ? before.store : before.recordIn ? current.store : null
    const stores = { current: current.store, previous: before.store, now: options.now }
    return {
      store: createMovingStore(stores),
      ...(besideRows && { besideRows }),
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
