import type { Logger } from 'pino'
import { createAudit } from './auth/audit/audit.ts'
import { accountRulesFor, checkBackends, openBackends } from './auth/logins/backends.ts'
import { createPasswordHasher } from './auth/passwords/password.ts'
import type { PasswordHasher } from './auth/passwords/password.ts'
import { createRoster } from './auth/roster/roster.ts'
import type { RequestRoster, Roster } from './auth/roster/roster.ts'
import { createThrottle } from './auth/throttle/throttle.ts'
import { createUseCases } from './auth/use-cases.ts'
import { createUsers } from './auth/users/users.ts'
import { warm } from './auth/warming.ts'
import type { Config } from './config/config.ts'
import { asOneFault, closeAll, faultsOf } from './config/opening.ts'
import { keepSecretKeyBeside } from './config/secret-key.ts'
import { databaseKind } from './database/database.ts'
import type { Database, DatabaseOptions } from './database/database.ts'
import { isRefusedRow } from './database/errors.ts'
import { openDatabase } from './database/open.ts'
import { cartDefinition } from './graphql/cart.ts'
import type { Application, Serving } from './graphql/context.ts'
import { preferencesDefinition } from './graphql/preferences.ts'
import { valuesDefinition } from './graphql/values.ts'
import { createJudge } from './http/judge.ts'
import type { Served } from './http/server.ts'
import { checkEngine, openEngine } from './session/engines.ts'
import type { Engine } from './session/engines.ts'
import { createSessionEvents } from './session/events.ts'
import { longestExpiry } from './session/expiry.ts'
import { createStoreDependency, guardStore } from './session/guarded-store.ts'
import { createWriterQueue } from './session/queue.ts'
import { serveSessions } from './session/serve.ts'
import type { SessionSettings } from './session/settings.ts'
import { createTouchPause } from './session/touch-pause.ts'
import { createDependency } from './waiting/dependency.ts'
import type { Dependency } from './waiting/dependency.ts'
import { createReadiness } from './waiting/readiness.ts'

/** The application: what the server serves and the commands work on. */
export interface App extends Application, Serving, Served {
  readonly db: Database
  readonly passwords: PasswordHasher
  readonly roster: Roster
  /** What its sessions share. */
  readonly settings: SessionSettings
  /** Opens another engine under the same settings. Throws `EngineUnusable`. The caller closes its store. */
  openEngine(name: string): Promise<Engine>
  /** The database and, where it is another, the session store. */
  readonly dependencies: readonly Dependency[]
  /** Does once what the first visitors would wait for. Rejects where the database or the store cannot be used. */
  warm(): Promise<void>
}

/** What a test may put in another's place. */
export interface AppOptions extends DatabaseOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** False for a command: nothing answers at any path, and GraphQL is not loaded. */
  readonly serves?: boolean
}

/** The most JSON a session may hold, in bytes. */
const mostBytes = 65_536

/**
 * Puts the application together, on a database that is brought up to date first. This is the only place that knows
 * every room. Throws a sentence for each thing that cannot be opened, and leaves nothing open then.
 */
export async function openApp(config: Config, log: Logger, options: AppOptions = {}): Promise<App> {
  const now = options.now ?? Date.now
  const patient = { patience: config.storeTimeout, ...options }
  const opening = openDatabase(config.databaseUrl, log, patient)
  const db = await opening.catch(async (error: unknown) => {
    // What can be known of the rest without a database is named with it.
    const rest = [checkEngine(config.sessionEngine), checkBackends(config.authenticationBackends)]
    throw asOneFault([error, ...faultsOf(await Promise.allSettled(rest))])
  })
  const secretKey = config.secretKey ?? keepSecretKeyBeside(config.databaseUrl)
  const timeout = config.storeTimeout
  const engineOptions = {
    db,
    secretKey,
    now,
    timeout,
    cacheUrl: config.cacheUrl,
    filePath: config.sessionFilePath,
    cookie: config.cookie,
    policy: config.policy,
    secretKeyFallbacks: config.secretKeyFallbacks,
    log,
    warn: (message: string, error?: unknown) => log.warn({ err: error }, message),
  }
  const database = createDependency({
    name: 'The database',
    timeout,
    probe: () => db.$queryRaw`SELECT 1`,
    places: databaseKind(config.databaseUrl).places(config.databaseUrl),
    isAnswer: isRefusedRow,
    log,
  })
  const passwords = createPasswordHasher({ minLength: config.passwordMinLength })
  const rules = accountRulesFor(config.authenticationBackends)
  const users = createUsers({ db, passwords, database, rules })
  const openings = await Promise.allSettled([
    openEngine(config.sessionEngine, engineOptions),
    openBackends(config.authenticationBackends, { db, passwords, database, users }),
  ])
  const [engineOpening, backendsOpening] = openings
  if (engineOpening.status === 'rejected' || backendsOpening.status === 'rejected') {
    const openedStore = engineOpening.status === 'fulfilled' ? engineOpening.value.store : null
    await closeAll([() => openedStore?.close?.(), () => db.$disconnect()])
    throw asOneFault(faultsOf(openings))
  }
  const engine = engineOpening.value
  const keeper = engine.recordIn ? database : createStoreDependency(engine.store, { timeout, log })
  const dependencies = [...new Set([database, keeper])]
  const store = guardStore(engine.store, keeper)
  const events = createSessionEvents({
    recheckInterval: config.recheckInterval,
    most: Math.ceil(config.http.connections / 2), // streams must leave connections to requests
    warn: engineOptions.warn,
  })
  const roster = createRoster(db, {
    now,
    database,
    recordIn: engine.recordIn,
    staffAge: config.staffAge,
    keepsRecords: engine.keepsRecords,
    onEnded: events.publish,
  })
  const audit = createAudit(db, { now, database, retention: config.auditRetention, log })
  const throttle = createThrottle(db, { now, database, secretKey })
  const settings: SessionSettings = {
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
    saveEveryRequest: config.saveEveryRequest,
    touchPause: createTouchPause({ age: config.policy.age, now, warn: engineOptions.warn }),
    events,
  }
  const { allowedHosts, allowedOrigins, cookie } = config
  const serving: Serving = {
    withSession: serveSessions<RequestRoster>({
      settings,
      openCarrier: engine.carrierFor(store),
      cookie,
      attend: roster.attend,
      warn: (message) => log.warn(message),
    }),
    judge: createJudge({ allowedHosts, allowedOrigins, isCookieSecure: cookie.secure, log }),
    log,
  }
  const backends = backendsOpening.value
  const listeners = [audit.record]
  const recordsAreRows = engine.recordIn !== null
  const kept = { store, recordsAreRows, events, now }
  const given = { db, users, passwords, backends, throttle, roster, audit, listeners, log }
  const useCases = createUseCases({ ...given, ...kept }, config)
  const application: Application = {
    ...useCases,
    events,
    keepsRecords: engine.keepsRecords,
    now,
    longestExpiry: longestExpiry(config.policy),
  }

  const graphql = options.serves === false ? null : await import('./graphql/endpoint.ts')
  const endpoint = graphql?.createEndpoint({ ...application, ...serving }, config)
  return {
    ...application,
    ...serving,
    db,
    passwords,
    roster,
    settings,
    handlers: endpoint ? { '/graphql': endpoint.handler } : {},
    openEngine: (name) => openEngine(name, engineOptions),
    dependencies,
    warm: async () => {
      await warm({ db, store, roster, passwords, throttle })
      await endpoint?.warm()
    },
    readiness: createReadiness({
      needed: { database, ...(keeper !== database && { store: keeper }) },
      isWriteFailing: () => settings.touchPause?.isFailing ?? false,
    }),
    endStreams: events.close,
    async close() {
      events.close()
      await closeAll([() => store.close?.(), () => db.$disconnect()])
    },
  }
}
