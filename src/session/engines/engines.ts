import { isBuiltIn } from '../../config/engines.ts'
import type { EngineName } from '../../config/engines.ts'
import type { Database } from '../../database/database.ts'
import { createDependency } from '../../waiting/dependency.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import { openCache, prefixes } from './cache-engine.ts'
import type { CacheOptions } from './cache-engine.ts'
import { carryKey } from '../cookie/carrier.ts'
import type { OpenCarrier } from '../cookie/carrier.ts'
import { clearTwins, writeCookie } from '../cookie/cookie.ts'
import type { CookieSettings } from '../cookie/cookie.ts'
import { EngineUnusable, importCustomEngine, openCustomStore } from './custom-engine.ts'
import type { CreateStore } from './custom-engine.ts'
import type { ExpiryPolicy } from '../record/expiry.ts'
import { createKey, idOf } from '../key.ts'
import type { SessionId } from '../key.ts'
import { createSealer } from '../cookie/sealing.ts'
import type { RecordInRow, SessionStore } from '../store.ts'
import { createCachedDatabaseStore } from '../stores/cached-database.ts'
import { createDatabaseStore, recordOf } from '../stores/database.ts'
import { createFileStore } from '../stores/file.ts'
import { assertWritable, isPrivate } from '../stores/file-disk.ts'
import { carrySession } from '../stores/signed-cookies.ts'

/** A way to keep sessions, and the traits that the rest of the server must know. */
export interface Engine {
  readonly store: SessionStore
  /** The cache that it asks first, and can do without; left out where it has none. */
  readonly cache?: Dependency
  /** While sessions move: what its calls wait for. They are guarded already, each store's by its own. */
  readonly moving?: MovingDependencies
  /** While sessions move between the roster's rows and another store: that store, guarded. Closed with `store`. */
  readonly besideRows?: SessionStore
  /** How a record is read from the roster's row; null where records are not kept there. */
  readonly recordIn: RecordInRow | null
  /** Does the server keep the records? Otherwise each cookie carries one. */
  readonly keepsRecords: boolean
  /** What the cookies of a request carry. `store` is this engine's store, as the server guards and watches it. */
  readonly carrierFor: (store: SessionStore) => OpenCarrier
}

/** What the calls of two stores wait for, between which sessions move: the database, where that keeps the records of one. */
export interface MovingDependencies {
  readonly current: Dependency
  readonly previous: Dependency
}

/** The options of the engines that come with the server. */
export interface BuiltInOptions extends Omit<CacheOptions, 'onDamage'> {
  readonly db: Database
  /** SESSION_FILE_PATH. */
  readonly filePath: string
  /** SECRET_KEY_FALLBACKS: former keys, which open and do not seal. */
  readonly secretKeyFallbacks: readonly string[]
  readonly cookie: CookieSettings
  readonly policy: ExpiryPolicy
}

/** What an engine is opened with. */
interface Given extends BuiltInOptions {
  readonly onDamage: (id: SessionId) => void
}

/** How each engine that comes with the server is opened, and what it is like. */
const openers: Readonly<Record<EngineName, (given: Given) => Engine | Promise<Engine>>> = {
  database: ({ db, now, onDamage }) => inRows(createDatabaseStore(db, onDamage, now), onDamage),
  'cached-database': openCachedDatabase,
  cache: async (given) => elsewhere(await openCache(given)),
  file: async ({ filePath: path, onDamage }) => {
    await assertUsable(path)
    return elsewhere(createFileStore({ path, onDamage }))
  },
  'signed-cookies': (given) => ({
    recordIn: null,
    keepsRecords: false,
    carrierFor: () => sealed(given),
    store: nothing,
  }),
}

/**
 * Opens an engine, by its name or by the function that opens a host's own store. Throws `EngineUnusable`. Callers of an
 * opened engine ask for its traits, not its name.
 */
export async function openEngine(
  engine: string | CreateStore,
  options: BuiltInOptions,
): Promise<Engine> {
  const { now, log, warn, secretKey } = options
  const onDamage = (id: SessionId) =>
    warn(`The record of the session ${id} cannot be read. It opens nothing, and is left as it is.`)
  if (isBuiltIn(engine)) return openers[engine]({ ...options, onDamage })
  return elsewhere(await openCustomStore(engine, { secretKey, now, log, warn, onDamage }))
}

/**
 * Makes sure that there is such an engine, without opening it. Throws `EngineUnusable`, which says what is missing. It cannot
 * check a function.
 */
export async function checkEngine(engine: string | CreateStore): Promise<void> {
  if (typeof engine === 'string' && !isBuiltIn(engine)) await importCustomEngine(engine)
}

/** An engine whose records are the roster's rows. */
function inRows(store: SessionStore, onDamage: Given['onDamage']): Engine {
  const recordIn: RecordInRow = (id, row) => recordOf(id, row, onDamage)
  return { store, recordIn, keepsRecords: true, carrierFor: carryKey }
}

/** An engine that keeps its records in a place of its own. */
function elsewhere(store: SessionStore): Engine {
  return { store, recordIn: null, keepsRecords: true, carrierFor: carryKey }
}

async function openCachedDatabase(given: Given): Promise<Engine> {
  const { db, now, log, timeout, onDamage } = given
  const cache = await openCache(given, prefixes.copies)
  const dependency = createDependency({
    name: 'The cache',
    timeout: timeout / 4, // so that the database still has time to answer
    probe: async () => cache.load(idOf(createKey())),
    log,
  })
  const database = createDatabaseStore(db, onDamage, now)
  const store = createCachedDatabaseStore(database, cache, { now, dependency })
  return { ...inRows(store, onDamage), cache: dependency }
}

async function assertUsable(folder: string): Promise<void> {
  if (!(await isPrivate(folder)))
    throw new EngineUnusable(
      `SESSION_FILE_PATH: Others may enter ${folder}. Give it to its owner alone (chmod 700), or name another.`,
    )
  await assertWritable(folder).catch((cause: unknown) => {
    const why = (cause as Error).message
    throw new EngineUnusable(`SESSION_FILE_PATH: ${folder} cannot be written: ${why}`, { cause })
  })
}

/** The cookie that carries the session itself. */
function sealed({
  cookie,
  policy,
  now,
  secretKey,
  secretKeyFallbacks,
}: BuiltInOptions): OpenCarrier {
  const purpose = `session cookie ${cookie.name}`
  return carrySession({
    sealer: createSealer({ secretKey, fallbacks: secretKeyFallbacks, purpose }),
    headerFor: (value, record) => writeCookie({ value, record }, cookie, policy, now()),
    besides: (mount) => clearTwins(cookie, [mount]),
  })
}

/** The store where there is no request, and so no cookie. It keeps nothing, and refuses writes. */
const nothing: SessionStore = {
  load: async () => null,
  create: async () => {
    throw new Error('Without a request there is no cookie that could carry a session.')
  },
  save: async () => 'gone',
  delete: async () => {},
  clearExpired: async () => 0,
}
