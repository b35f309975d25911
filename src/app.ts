import type { RequestListener } from 'node:http'
import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import { createPasswordBackend } from './auth/password-backend.ts'
import { createPasswordHasher } from './auth/password.ts'
import { createRoster } from './auth/roster.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database.ts'
import type { Database, DatabaseOptions } from './database.ts'
import { cartDefinition } from './graphql/cart.ts'
import type { Application } from './graphql/context.ts'
import { createEndpoint } from './graphql/endpoint.ts'
import { preferencesDefinition } from './graphql/preferences.ts'
import { valuesDefinition } from './graphql/values.ts'
import { applyMigrations } from './migrations.ts'
import { keepSecretKey } from './secret-key.ts'
import { loadEngine, reportOutages } from './session/engines.ts'
import { createWriterQueue } from './session/queue.ts'
import type { SessionStore } from './session/store.ts'
import { createDatabaseStore } from './session/stores/database.ts'

/** The application: what the server serves and the commands work on. */
export interface App extends Application {
  /** The listener of `/graphql`. */
  readonly graphql: RequestListener
  /** Does the database answer? */
  isReady(): Promise<boolean>
  /** Lets go of the store and the database. */
  close(): Promise<void>
}

/** What a test may put in another's place. */
export interface AppOptions extends DatabaseOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** How many rows one batch of a purge deletes: few enough that no request waits for longer than one query takes. */
const purgeBatch = 500

/** The most JSON a session may hold, in bytes. */
const mostBytes = 65_536

/**
 * Puts the application together, on a database that is brought up to date first. This is the only place that knows
 * every room. Throws a sentence for what cannot be opened.
 */
export async function createApp(
  config: Config,
  log: Logger,
  options: AppOptions = {},
): Promise<App> {
  const now = options.now ?? Date.now
  const path = config.databaseUrl.slice('file:'.length)
  const db = await openDatabase(config.databaseUrl, options)
  for (const name of applyMigrations(path)) log.info({ migration: name }, 'migration applied')
  const secretKey = config.secretKey ?? keepSecretKey(join(dirname(path), 'secret-key'))
  const store = reportOutages(await createStore(config.sessionEngine, db, { secretKey, now }))
  const passwords = createPasswordHasher()
  const sessions = createRoster(db, { now, sharesRows: config.sessionEngine === 'database' })

  const application: Application = {
    db,
    passwords,
    sessions,
    log,
    backends: [createPasswordBackend(db, passwords)],
    settings: {
      store,
      now,
      policy: config.policy,
      definitions: {
        cart: cartDefinition,
        preferences: preferencesDefinition,
        values: valuesDefinition,
      },
      maxBytes: mostBytes,
      queue: createWriterQueue(),
    },
    rememberAge: config.rememberAge,
    registration: config.registration,

    async revoke(id) {
      const wasOnRoster = await sessions.end(id, 'REVOKED')
      if (!wasOnRoster && (await store.load(id)) === null) return false
      await store.delete(id)
      return true
    },

    async clearExpired(report) {
      let total = 0
      for (;;) {
        const stored = await store.clearExpired(now(), purgeBatch)
        const listed = await sessions.clearExpired(purgeBatch)
        if (stored + listed === 0) return total
        total += Math.max(stored, listed)
        report?.(total)
        // Whoever waits for the event loop, or for SQLite's one writer, goes first.
        await new Promise((done) => setTimeout(done, 1))
      }
    },
  }

  return {
    ...application,
    graphql: createEndpoint(application, config),
    async isReady() {
      return db.$queryRaw`SELECT 1`.then(
        () => true,
        () => false,
      )
    },
    async close() {
      await store.close?.()
      await db.$disconnect()
    },
  }
}

async function createStore(
  engine: string,
  db: Database,
  options: Parameters<typeof loadEngine>[1],
): Promise<SessionStore> {
  return engine === 'database' ? createDatabaseStore(db) : loadEngine(engine, options)
}
