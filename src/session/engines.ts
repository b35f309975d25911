import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SessionStoreUnavailable } from './refusal.ts'
import type { SessionStore } from './store.ts'

/** What a custom engine's `createStore` is given. */
export interface EngineOptions {
  /** SECRET_KEY, for engines that sign or seal. */
  readonly secretKey: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The store of a custom engine: a package name, or a path from the working directory to a module that exports
 * `createStore(options)`. Throws a sentence that says what is missing.
 */
export async function loadEngine(name: string, options: EngineOptions): Promise<SessionStore> {
  const isPath = name.startsWith('.') || name.startsWith('/')
  const specifier = isPath ? pathToFileURL(resolve(name)).href : name
  let module: { createStore?: (options: EngineOptions) => SessionStore | Promise<SessionStore> }
  try {
    module = await import(specifier)
  } catch (cause) {
    throw new Error(`SESSION_ENGINE: ${name} cannot be loaded: ${(cause as Error).message}`, {
      cause,
    })
  }
  if (typeof module.createStore !== 'function') {
    throw new Error(`SESSION_ENGINE: ${name} exports no createStore(options).`)
  }
  const store = await module.createStore(options)
  const missing = required.filter((method) => typeof store?.[method] !== 'function')
  if (missing.length > 0)
    throw new Error(`SESSION_ENGINE: the store of ${name} lacks ${missing.join(', ')}.`)
  return store
}

/** The same store, whose every rejection says that the store is not available. */
export function reportOutages(store: SessionStore): SessionStore {
  return {
    load: (id) => outage(store.load(id)),
    create: (id, record) => outage(store.create(id, record)),
    save: (id, record, version) => outage(store.save(id, record, version)),
    delete: (id, version) => outage(store.delete(id, version)),
    clearExpired: (now, limit) => outage(store.clearExpired(now, limit)),
    ...(store.list && { list: store.list.bind(store) }),
    ...(store.close && { close: store.close.bind(store) }),
  }
}

const required = ['load', 'create', 'save', 'delete', 'clearExpired'] as const

async function outage<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call
  } catch (error) {
    throw new SessionStoreUnavailable(error)
  }
}
