import type { Logger } from 'pino'
import { createAdmin } from './admin/admin.ts'
import { openFoundation } from './app/foundation.ts'
import type { Foundation } from './app/foundation.ts'
import type { AppOptions } from './app/options.ts'
import type { App, ServingApp } from './app/shape.ts'
import { openStreams } from './app/streams.ts'
import type { Streams } from './app/streams.ts'
import { upkeepOf } from './app/upkeep.ts'
import { createAudit } from './auth/audit/audit.ts'
import { createRoster } from './auth/roster/roster.ts'
import type { RequestRoster } from './auth/roster/roster.ts'
import { createThrottle } from './auth/throttle/throttle.ts'
import { createUseCases } from './auth/use-cases.ts'
import { warm } from './auth/warming.ts'
import { isBusDown } from './bus/bus.ts'
import type { Config } from './config/config.ts'
import { closeAll } from './config/opening.ts'
import { databaseKind } from './database/database.ts'
import { featuresOf } from './features/features.ts'
import type { Application, Serving } from './graphql/context.ts'
import type { Extension } from './graphql/extension.ts'
import { createJudge } from './http/judge.ts'
import type { SessionDefinitions } from './session/data.ts'
import { combineDefinitions, mostBytes } from './session/definitions.ts'
import { openEngine } from './session/engines.ts'
import { longestExpiry } from './session/expiry.ts'
import { createStoreDependency, guardStore } from './session/guarded-store.ts'
import { createWriterQueue } from './session/queue.ts'
import { serveSessions } from './session/serve.ts'
import type { SessionSettings } from './session/settings.ts'
import { createTouchPause } from './session/touch-pause.ts'
import { watchStore } from './session/watched-store.ts'
import { createReadiness } from './waiting/readiness.ts'

export type { App }

/**
 * Puts the application together, on a database that is brought up to date first. This is the only place that knows
 * every room. Throws a sentence for each thing that cannot be opened, and leaves nothing open then.
 */
export function openApp(config: Config, log: Logger, options?: Serves): Promise<ServingApp>
export function openApp(config: Config, log: Logger, options?: AppOptions): Promise<App>
export async function openApp(config: Config, log: Logger, options: AppOptions = {}): Promise<App> {
  const { features = {}, names = {}, types } = options
  const own = featuresOf(features)
  const definitions = combineDefinitions(own, names)
  const extensions = types ? [...own, { types }] : own
  const foundation = await openFoundation(config, log, options)
  const streams = openStreams(config, log, foundation, options)
  try {
    const parts = { ...foundation, ...streams }
    return await assemble(parts, config, log, { ...options, definitions, extensions })
  } catch (error) {
    const { db, engine, observation } = foundation
    observation.metrics?.close()
    await closeAll([
      () => streams.bus.close(),
      () => engine.store.close?.(),
      () => db.$disconnect(),
    ])
    throw error
  }
}

/** The options of an application that has a schema. */
type Serves = AppOptions & { readonly serves?: true }

/** What extensions add, our own features among them. */
interface Added {
  readonly definitions: SessionDefinitions
  readonly extensions: readonly Extension[]
}

async function assemble(
  foundation: Foundation & Streams,
  config: Config,
  log: Logger,
  options: AppOptions & Added,
): Promise<App> {
  const { db, database, engine, engineOptions, users, passwords, backends } = foundation
  const { events, bus, told } = foundation
  const { metrics, watch, watchThrottle, show, traceOperations } = foundation.observation
  const counts = metrics?.auth
  const { now, secretKey, timeout } = engineOptions
  const keeper = engine.recordIn ? database : createStoreDependency(engine.store, { timeout, log })
  const needed = { database, ...(keeper !== database && { store: keeper }) }
  const store = watchStore(guardStore(engine.store, keeper), watch('store'))
  const roster = createRoster(db, {
    now,
    database,
    recordIn: engine.recordIn,
    staffAge: config.staffAge,
    keepsRecords: engine.keepsRecords,
    onEnded: told.publish,
    watch: watch('roster'),
    ...(counts && { counts }),
  })
  const audit = createAudit(db, { now, database, log })
  const throttle = watchThrottle(createThrottle(db, { now, database, secretKey }))
  const settings: SessionSettings = {
    store,
    now,
    policy: config.policy,
    definitions: options.definitions,
    maxBytes: mostBytes,
    queue: createWriterQueue(),
    saveEveryRequest: config.saveEveryRequest,
    touchPause: createTouchPause({ age: config.policy.age, now, warn: engineOptions.warn }),
    events: told,
    ...(counts && { counts }),
  }
  const { allowedHosts, allowedOrigins, cookie } = config
  const serving: Serving = {
    ...serveSessions<RequestRoster>({
      settings,
      openCarrier: engine.carrierFor(store),
      cookie,
      attend: roster.attend,
      warn: (message, error) => log.warn({ err: error }, message),
    }),
    judge: createJudge({ allowedHosts, allowedOrigins, isCookieSecure: cookie.secure, log }),
    log,
  }
  const isWriteFailing = () => settings.touchPause?.isFailing ?? false
  const { warn } = engineOptions
  const asked = { streams: events, hashes: passwords.load, bus, isWriteFailing }
  const watched = { ...needed, ...(engine.cache && { cache: engine.cache }) }
  show({ db, database, now, warn, dependencies: watched, ...asked })
  const { listeners = [], adminSections: sections = [] } = options
  const recordsAreRows = engine.recordIn !== null
  const { rowsAtOnce } = databaseKind(config.databaseUrl)
  const kept = { store, recordsAreRows, rowsAtOnce, events: told, now, ...(counts && { counts }) }
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
  const schema =
    graphql && (await (await import('./graphql/schema.ts')).createSchema(options.extensions))
  const served = { ...application, ...traceOperations(serving) }
  const endpoint = schema && graphql.createEndpoint(schema, served, config)
  const dependencies = Object.values(needed)
  const { cache } = engine
  const shown = { dependencies: [...dependencies, ...(cache ? [cache] : [])], recordsAreRows, bus }
  const pages = createAdmin({ ...application, ...serving, ...shown, sections }, config)
  const admin = config.admin.pages ? { '/admin': pages, '/admin/': pages } : {}
  return {
    ...application,
    ...serving,
    db,
    passwords,
    roster,
    bus,
    recordsAreRows,
    metrics,
    ...(metrics && { onAnswered: metrics.countRequest }),
    settings,
    schema,
    handlers: endpoint ? { '/graphql': endpoint.handler, ...admin } : {},
    openEngine: (choice) => openEngine(choice, engineOptions),
    dependencies,
    upkeep: upkeepOf(foundation, config, log, counts),
    warm: async () => {
      await warm({ db, store, roster, passwords, throttle })
      await endpoint?.warm()
    },
    readiness: createReadiness({
      needed,
      isWriteFailing,
      isBusDown: () => isBusDown(bus.state, now()),
    }),
    endStreams: events.close,
    async close() {
      metrics?.close()
      events.close()
      await useCases.untilTold()
      await closeAll([() => bus.close(), () => store.close?.(), () => db.$disconnect()])
    },
  }
}
