import type { Database } from '../database/database.ts'
import { createDependency } from '../waiting/dependency.ts'
import { importNamed } from '../config/module.ts'
import { createKey, idOf } from './key.ts'
import type { SessionId } from './key.ts'
import type { OnDamage, SessionStore } from './store.ts'
import { createCachedDatabaseStore } from './stores/cached-database.ts'
import { createDatabaseStore } from './stores/database.ts'
import { createFileStore } from './stores/file.ts'
import { assertWritable, isPrivate } from './stores/file-disk.ts'

/** What a custom engine's `createStore` is given. */
export interface EngineOptions {
  /** SECRET_KEY, for engines that sign or seal. */
  readonly secretKey: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The server's log. */
  readonly log: EngineLog
  /** Told what the operator should know, and what failed without failing a request. */
  readonly warn: (message: string, error?: unknown) => void
  /** Told of a record that is there and cannot be read: the log names its session. */
  readonly onDamage: OnDamage
}

/** Where lines for the operator go; each has a message, and `details` as fields beside it. */
export interface EngineLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What the engines that come with the server need besides. */
export interface BuiltInOptions extends Omit<EngineOptions, 'onDamage'> {
  readonly db: Database
  readonly cacheUrl: string | null
  readonly filePath: string
  /** How long a call may take, in milliseconds. */
  readonly timeout: number
}

/** The engine that the settings name cannot be used: the message says what is missing. */
export class EngineUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`SESSION_ENGINE: ${message}`, options)
    this.name = 'EngineUnusable'
  }
}

/** The engines whose records are rows of the roster. */
export const rosterEngines: readonly string[] = ['database', 'cached-database']

/**
 * The store of the engine `name`: one that comes with the server, or one of your own. Throws `EngineUnusable`. The cookie
 * itself is the store of `signed-cookies`, which keeps nothing here.
 */
export async function openStore(name: string, options: BuiltInOptions): Promise<SessionStore> {
  const { db, filePath } = options
  const onDamage = (id: SessionId) =>
    options.warn(
      `The record of the session ${id} cannot be read. It opens nothing, and is left as it is.`,
    )
  switch (name) {
    case 'database':
      return createDatabaseStore(db, onDamage)
    case 'cached-database': {
      const cache = await openCache({ ...options, onDamage })
      const dependency = createDependency({
        name: 'The cache',
        timeout: options.timeout / 4, // so that the database still has time to answer
        probe: () => cache.load(idOf(createKey())),
        log: options.log,
      })
      const database = createDatabaseStore(db, onDamage)
      return createCachedDatabaseStore(database, cache, { now: options.now, dependency })
    }
    case 'cache':
      return openCache({ ...options, onDamage })
    case 'file':
      if (!(await isPrivate(filePath)))
        throw new EngineUnusable(
          `SESSION_FILE_PATH: Others may enter ${filePath}. Give it to its owner alone (chmod 700), or name another.`,
        )
      await assertWritable(filePath).catch((cause: unknown) => {
        const why = (cause as Error).message
        throw new EngineUnusable(`SESSION_FILE_PATH: ${filePath} cannot be written: ${why}`, {
          cause,
        })
      })
      return createFileStore({ path: filePath, onDamage })
    case 'signed-cookies':
      return nothing
    default:
      return loadEngine(name, {
        secretKey: options.secretKey,
        now: options.now,
        log: options.log,
        warn: options.warn,
        onDamage,
      })
  }
}

type CacheOptions = BuiltInOptions & { readonly onDamage: OnDamage }

/** The cache at CACHE_URL. Its client library is loaded only where it is used. Throws `EngineUnusable`. */
async function openCache(options: CacheOptions): Promise<SessionStore> {
  const url = options.cacheUrl
  if (url === null) throw new EngineUnusable('CACHE_URL is needed.')
  try {
    return url.startsWith('memcached:')
      ? await openMemcached(url, options)
      : await openRedis(url, options)
  } catch (cause) {
    throw new EngineUnusable(`CACHE_URL: ${(cause as Error).message}`, { cause })
  }
}

async function openMemcached(url: string, options: CacheOptions): Promise<SessionStore> {
  const { memcachedMistake } = await import('./stores/memcached-faults.ts')
  const mistake = await memcachedMistake(url, options.timeout)
  if (mistake !== null) throw new Error(mistake)
  const { openMemcachedStore } = await import('./stores/memcached.ts')
  return openMemcachedStore(url, options)
}

async function openRedis(url: string, options: CacheOptions): Promise<SessionStore> {
  const { openRedisStore } = await import('./stores/redis.ts')
  const { RedisMisconfigured } = await import('./stores/redis-faults.ts')
  const onError = (error: unknown) =>
    options.warn(
      error instanceof RedisMisconfigured
        ? `CACHE_URL: ${error.message}`
        : 'The cache reports a failure.',
      error,
    )
  const store = await openRedisStore(url, { ...options, onError })
  const warning = await store.evictionWarning()
  if (warning !== null) options.warn(warning)
  return store
}

/** For the moments when there is no request, and so no cookie. It cannot keep what it is given, and says so. */
const nothing: SessionStore = {
  load: async () => null,
  create: async () => {
    throw new Error('Without a request there is no cookie that could carry a session.')
  },
  save: async () => 'gone',
  delete: async () => {},
  clearExpired: async () => 0,
}

/**
 * The store of a custom engine: a package name, or a path from the working directory to a module that exports
 * `createStore(options)`. Throws `EngineUnusable`, which says what is missing.
 */
async function loadEngine(name: string, options: EngineOptions): Promise<SessionStore> {
  const create = await importEngine(name)
  const opening: Promise<SessionStore> = Promise.resolve().then(() => create(options))
  const store = await opening.catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineUnusable(`${name} cannot be opened: ${reason}`, { cause })
  })
  const missing = required.filter((method) => typeof store?.[method] !== 'function')
  if (missing.length === 0) return store
  // What it opened would keep the process from ending.
  if (typeof store?.close === 'function') await store.close().catch(() => undefined)
  throw new EngineUnusable(`The store of ${name} lacks ${missing.join(', ')}.`)
}

const required = ['load', 'create', 'save', 'delete', 'clearExpired'] as const

/**
 * Makes sure that there is an engine called `name`, without opening it. Throws `EngineUnusable`, which says what is
 * missing.
 */
export async function checkEngine(name: string): Promise<void> {
  if (!builtIn.includes(name)) await importEngine(name)
}

const builtIn = ['database', 'cached-database', 'cache', 'file', 'signed-cookies']

async function importEngine(name: string) {
  const module = await importNamed(name).catch((cause: Error) => {
    throw new EngineUnusable(cause.message, { cause })
  })
  const createStore = module['createStore']
  if (typeof createStore !== 'function')
    throw new EngineUnusable(`${name} exports no createStore(options).`)
  return createStore as (options: EngineOptions) => Promise<SessionStore>
}
