import type { Logger } from 'pino'
import { createAdmin } from './admin/admin.ts'
import { openApi } from './app/api.ts'
import { createAuth } from './app/auth.ts'
import { dependenciesOf } from './app/dependencies.ts'
import { openFoundation } from './app/foundation.ts'
import type { Foundation } from './app/foundation.ts'
import type { AppOptions } from './app/options.ts'
import { openSessions } from './app/sessions.ts'
import type { App } from './app/shape.ts'
import { openStreams } from './app/streams.ts'
import type { Streams } from './app/streams.ts'
import { upkeepOf } from './app/upkeep.ts'
import { createSessionNews } from './auth/roster/session-news.ts'
import { warm } from './auth/warming.ts'
import { isBusDown } from './bus/bus.ts'
import type { Config } from './config/config.ts'
import { closeAll } from './app/opening.ts'
import { featuresOf } from './features/features.ts'
import type { Endpoint } from './graphql/over-http/endpoint.ts'
import type { Extension } from './graphql/extension.ts'
import { createJudge } from './http/judge.ts'
import type { Handler } from './http/server.ts'
import type { SessionDefinitions } from './session/record/data.ts'
import { combineDefinitions } from './session/record/definitions.ts'
import { openEngine } from './session/engines/engines.ts'
import { longestExpiry } from './session/record/expiry.ts'
import { guardStore } from './session/guarded-store.ts'
import { watchStore } from './session/watched-store.ts'
import { createReadiness } from './waiting/readiness.ts'

export type { App }

/**
 * Puts the application together, on a database that is brought up to date first. This is the only place that knows
 * every room. Throws a sentence for each thing that cannot be opened, and leaves nothing open then.
 */
export function openApp(
  config: Config,
  log: Logger,
  options?: AppOptions & { readonly serves?: true },
): Promise<App & { readonly schema: NonNullable<App['schema']> }>
export function openApp(config: Config, log: Logger, options?: AppOptions): Promise<App>
export async function openApp(config: Config, log: Logger, options: AppOptions = {}): Promise<App> {
  const { features = {}, names = {}, types } = options
  const own = featuresOf(features)
  const definitions = combineDefinitions(own, names)
  const extensions = types ? [...own, { types }] : own
  const foundation = await openFoundation(config, log, options)
  const streams = openStreams(config, log, foundation, options)
  try {
    const plan = { config, log, options, definitions, extensions }
    return await assemble(foundation, streams, plan)
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

/** How the application shall be. */
interface Plan {
  readonly config: Config
  readonly log: Logger
  readonly options: AppOptions
  /** How sessions keep each name, our own features' among them. */
  readonly definitions: SessionDefinitions
  /** What is added to the schema, our own features among it. */
  readonly extensions: readonly Extension[]
}

/** Room by room, the lowest first. Each part is handed those that it names, and no other. */
async function assemble(
  foundation: Foundation,
  { events, bus, told }: Streams,
  { config, log, options, definitions, extensions }: Plan,
): Promise<App> {
  const { db, database, engine, engineOptions, passwords, observation } = foundation
  const { metrics, watch } = observation
  const { now, warn } = engineOptions
  const { keepsRecords } = engine
  const recordsAreRows = engine.recordIn !== null
  const dependencies = dependenciesOf(foundation, log)

  // http: which requests are refused before anything of them is done
  const { allowedHosts, production, allowedOrigins, cookie } = config
  const isCookieSecure = cookie.secure
  const judge = createJudge({ allowedHosts, production, allowedOrigins, isCookieSecure, log })

  // session and auth: the sessions of requests, whose they are, and what may be done about them
  const guarded = engine.moving ? engine.store : guardStore(engine.store, dependencies.ofStore)
  const store = watchStore(guarded, watch('store'))
  const { listeners } = options
  const { besideRows } = engine
  const stores = { store, ...(besideRows && { besideRows }) }
  const auth = createAuth(foundation, { ...stores, told, listeners, log }, config)
  const { roster, throttle, useCases } = auth
  const parts = { store, roster, told, definitions }
  const { settings, withSession, look, isWriteFailing } = openSessions(foundation, parts, config)

  // upkeep: what clears the expired, once it is started
  const upkeep = upkeepOf(foundation, config, log, metrics?.auth)

  // graphql, with the features and the host's types in it: not for a command of the shell
  const served = { withSession: observation.traceOperations(withSession), judge, log, now }
  const listen = createSessionNews({ streams: events, ends: roster, keepsRecords, now })
  const heard = { streams: events, listen, longestExpiry: longestExpiry(config.policy) }
  const { logins, register, changePassword, users, sessions, audit } = useCases
  const fields = { logins, register, changePassword, users, sessions, audit, ...heard, ...served }
  const { introspection, graphiql, limits, policy, staffAge, admin } = config
  const staffOptions = { staffAge, cookie, hasAdmin: admin.pages }
  const apiOptions = { introspection, graphiql, limits, policy, production, ...staffOptions }
  const api = options.serves === false ? null : await openApi(extensions, fields, apiOptions)

  // admin: the staff's pages
  const all = Object.values(dependencies.all)
  const shown = { dependencies: all, bus, recordsAreRows, keepsRecords, now }
  const sections = options.adminSections ?? []
  const pages = { logins, users, sessions, audit, ...shown, sections }
  const desk = createAdmin({ pages, withSession, judge, log }, { limits, cookie })

  // metrics: a sample of the sessions is no call of a request, and is not counted among those
  const load = keepsRecords && !recordsAreRows ? guarded.load : null
  const seen = { streams: events, hashes: passwords.load, bus, isWriteFailing, load }
  observation.show({ ...seen, db, database, dependencies: dependencies.all, now, warn })

  return {
    ...useCases,
    withSession,
    look,
    judge,
    log,
    now,
    events,
    bus,
    db,
    passwords,
    roster,
    settings,
    keepsRecords,
    recordsAreRows,
    metrics,
    ...(metrics && { onAnswered: metrics.countRequest }),
    schema: api && api.schema,
    handlers: handlersOf(api && api.endpoint, admin.pages ? desk : null),
    openEngine: (choice) => openEngine(choice, engineOptions),
    dependencies: Object.values({ ...dependencies.needed, ...dependencies.either }),
    upkeep,
    async warm() {
      await warm({ db, store, roster, passwords, throttle })
      await api?.endpoint.warm()
    },
    readiness: createReadiness({
      needed: dependencies.needed,
      either: dependencies.either,
      isWriteFailing,
      isBusDown: () => isBusDown(bus.state, now()),
    }),
    endStreams: events.close,
    async close() {
      events.close()
      await useCases.untilTold()
      metrics?.close()
      await closeAll([() => bus.close(), () => store.close?.(), () => db.$disconnect()])
    },
  }
}

/** What answers each path: nothing where there is no API. */
function handlersOf(api: Endpoint | null, desk: Handler | null): App['handlers'] {
  if (api === null) return {}
  return { '/graphql': api.handler, ...(desk && { '/admin': desk, '/admin/': desk }) }
}
