import { engineNames } from '../../config/engines.ts'
import { builtInSentence, importNamed } from '../../config/module.ts'
import type { OnDamage, SessionStore } from '../store.ts'

/** The options of a custom engine's `createStore`. */
export interface EngineOptions {
  /** SECRET_KEY, for engines that sign or seal. */
  readonly secretKey: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The server's log. */
  readonly log: EngineLog
  /** Writes a line for the operator, for example of a failure that fails no request. */
  readonly warn: (message: string, error?: unknown) => void
  /** Call it with the id of a record that is there and cannot be read: the log then names the session. */
  readonly onDamage: OnDamage
}

/** Where lines for the operator go; each has a message, and `details` as fields beside it. */
export interface EngineLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** Opens the store of an engine of your own: the `createStore` of its module, or the `engine` of `createApp`. */
export type CreateStore = (options: EngineOptions) => SessionStore | Promise<SessionStore>

/** The configured engine cannot be used: the message says what is missing, and which setting names it. */
export class EngineUnusable extends Error {
  constructor(message: string, options?: ErrorOptions, askedFor = 'SESSION_ENGINE') {
    super(`${askedFor}: ${message}`, options)
    this.name = 'EngineUnusable'
  }
}

/**
 * Opens the store of a custom engine, given as a function, a package name, or a path from the working directory. A package or
 * path leads to a module that exports `createStore(options)`. Throws `EngineUnusable`, which says what is missing, and names
 * the built-in engines.
 */
export async function openCustomStore(
  engine: string | CreateStore,
  options: EngineOptions,
): Promise<SessionStore> {
  const isNamed = typeof engine === 'string'
  const create = isNamed ? await importCustomEngine(engine) : engine
  const askedFor = isNamed ? 'SESSION_ENGINE' : 'engine'
  const opening = Promise.resolve().then(() => create(options))
  const store = await opening.catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineUnusable(
      `${isNamed ? engine : 'It'} cannot be opened: ${reason}`,
      { cause },
      askedFor,
    )
  })
  const missing = required.filter((method) => typeof store?.[method] !== 'function')
  if (missing.length === 0) return store
  // Connections that the store has opened would keep the process alive.
  if (typeof store?.close === 'function') await store.close().catch(() => undefined)
  const whose = isNamed ? `The store of ${engine}` : 'Its store'
  throw new EngineUnusable(`${whose} lacks ${missing.join(', ')}.`, {}, askedFor)
}

const required = ['load', 'create', 'save', 'delete', 'clearExpired'] as const

/** The `createStore` of a custom engine. Throws `EngineUnusable` where there is no such module, or it exports none. */
export async function importCustomEngine(name: string): Promise<CreateStore> {
  const others = builtInSentence(name, engineNames)
  const module = await importNamed(name).catch((cause: Error) => {
    throw new EngineUnusable(`${cause.message}${others}`, { cause })
  })
  const createStore = module['createStore']
  if (typeof createStore !== 'function')
    throw new EngineUnusable(`${name} exports no createStore(options).${others}`)
  return createStore as CreateStore
}
