import type { GraphQLSchema } from 'graphql'
import { openApp } from './app.ts'
import { configurationOf } from './app/configuration.ts'
import type { Configuration } from './app/configuration.ts'
import { unmeasured } from './app/observing.ts'
import type { CoatOptions } from './app/options.ts'
import { createOwnServers } from './app/own-servers.ts'
import type { ServeOptions } from './app/own-servers.ts'
import { servedBy } from './app/served.ts'
import { welcome } from './app/welcome.ts'
import { createHostLogins } from './auth/host/host-logins.ts'
import type { HostLogins } from './auth/host/host-logins.ts'
import { createHostSessions } from './auth/host/host-sessions.ts'
import type { HostSessions } from './auth/host/host-sessions.ts'
import { createHostUsers } from './auth/host/host-users.ts'
import type { HostUsers } from './auth/host/host-users.ts'
import { explainUnread } from './config/config.ts'
import { isProduction } from './config/environment.ts'
import type { AnswerFetch } from './host/fetch.ts'
import { createFetchWithSession } from './host/fetch-with-session.ts'
import type { FetchWithSession } from './host/fetch-with-session.ts'
import type { NodeListener } from './host/listener.ts'
import { libraryLog } from './host/log.ts'
import { createLook } from './host/look.ts'
import type { LookAtSession } from './host/look.ts'
import { createMounts } from './host/mounts.ts'
import { createWithSession } from './host/with-session.ts'
import type { WithSessionRoute } from './host/with-session.ts'
import { untilClosed } from './host/until-closed.ts'
import type { RunningServer } from './http/server.ts'
import type { HostMetrics } from './metrics/host-metrics.ts'
import type { Team } from './workers/team.ts'

/** Sessions, users and the GraphQL API, for the process that holds it. */
export interface Coat extends HostLogins {
  /** Answers `/graphql`, under whatever path it is mounted. */
  readonly graphql: NodeListener
  /** Answers the staff's pages, under whatever path it is mounted. */
  readonly admin: NodeListener
  /** Answers `/graphql` and `/admin` for hosts that speak the Fetch standard, under whatever path they are mounted. */
  readonly fetch: AnswerFetch
  readonly users: HostUsers
  readonly sessions: HostSessions
  /**
   * The schema, with the types of the host in it. Its resolvers work within a request, so executing it otherwise answers every
   * field with an error that says so; introspection, validation and printing need no request.
   */
  readonly schema: GraphQLSchema
  /** What the application counts, for scrapers of Prometheus. */
  readonly metrics: HostMetrics
  /** The schema as text, its types and fields in the order of the alphabet. */
  printSchema(): string
  /**
   * Makes the first staff user where the settings say so, and runs our own server: `/graphql`, `/admin`, `/health` and `/ready`.
   * Rejects where the address cannot be had.
   */
  serve(options?: ServeOptions): Promise<RunningServer>
  /** Makes listeners of the host's own handlers, which get the session of the request as their third argument. */
  readonly withSession: WithSessionRoute
  /** The same for hosts of the Fetch standard: of `(request, visit) => Response`. */
  readonly fetchWithSession: FetchWithSession
  /** The session of a request, to be read alone, for upgrade handlers and jobs. */
  readonly session: LookAtSession
  /** Does the database answer, and the store where that is another? */
  isReady(): Promise<boolean>
  /**
   * Drains and stops the servers of `serve`, breaks streams off so that their readers come back elsewhere, answers 503 to
   * what a host still hands over, routes of `withSession` included, waits ten seconds at most for what is under way, and lets go of every connection and file,
   * so that the process can end. A host that has mounted it stops its own server first. Calling it again is harmless.
   */
  close(): Promise<void>
}

/** The options of `createApp` may be left out where the host has declared no names: a `void` may be. */
type NoOptions = {} extends CoatOptions ? void : never

/**
 * Opens an application. What `options` leave out is as `npm start` has it; NODE_ENV=production asks for what production needs,
 * and nothing else is read from the environment. Rejects with a sentence for what cannot be opened (`ConfigError`,
 * `DatabaseUnusable`, `EngineUnusable`, `BackendUnusable`), and leaves nothing open then. Applications of one process share
 * nothing.
 */
export async function createApp(options: CoatOptions | NoOptions): Promise<Coat> {
  const given = options ?? {}
  const { settings = {} } = given
  const byDefault = isProduction() && settings.production === undefined
  const environment = byDefault ? { NODE_ENV: 'production' } : {}
  return openCoat(await configurationOf(given, environment).catch(explainUnread))
}

/** Opens what is configured already, for the command line; as one of a `team`, where several processes serve. */
export async function openCoat(configuration: Configuration, team?: Team): Promise<Coat> {
  const { config, extensions } = configuration
  const log = configuration.log ?? libraryLog(config.logLevel)
  const app = await openApp(config, log, { ...extensions, ...(team && { team }) })
  const { schema, users, logins, sessions, withSession, judge, readiness, upkeep, metrics } = app
  const { printSchema } = await import('./graphql/schema.ts')
  const observed = { log, onAnswered: app.onAnswered }

  const { handlers, endStreams } = app
  const { http, trustProxy, hstsSeconds } = config
  const doorOptions = { http, trustProxy, hstsSeconds, ...observed }
  const mounts = createMounts({ handlers, endStreams }, doorOptions)
  const { openExchange, enter } = mounts
  const ofRoutes = { withSession, logins, judge, log, openExchange, enter }

  const { db, warm } = app
  const ofServers = {
    served: servedBy({ handlers, readiness, endStreams }),
    welcome: () => welcome({ db, users, log }, configuration),
    warm,
    metrics,
    ...observed,
  }
  const servers = createOwnServers(ofServers, config, team)

  if (configuration.upkeep) upkeep.start()
  let closing: Promise<void> | undefined
  let isClosed = false
  const whileOpen = <Tools extends object>(tools: Tools) => untilClosed(tools, () => isClosed)
  return {
    graphql: mounts.graphql,
    admin: mounts.admin,
    fetch: mounts.fetch,
    schema,
    metrics: metrics?.forHost ?? unmeasured,
    printSchema: () => printSchema(schema),
    withSession: createWithSession(ofRoutes),
    fetchWithSession: createFetchWithSession(ofRoutes),
    ...whileOpen({
      session: createLook({ look: app.look, judge, trustProxy }),
      ...createHostLogins(logins),
    }),
    users: whileOpen(createHostUsers(users)),
    sessions: whileOpen(createHostSessions({ sessions, now: app.now })),
    serve: servers.start,
    isReady: async () => mounts.isOpen && (await readiness()).isReady,
    close: () => (closing ??= close()),
  }

  async function close(): Promise<void> {
    await Promise.all([servers.stop(), mounts.close(), upkeep.stop()])
    isClosed = true // not before: what is under way may still ask
    await app.close()
  }
}
