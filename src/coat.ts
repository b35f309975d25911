import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { openApp } from './app.ts'
import type { Extensions } from './app/options.ts'
import { completeSettings } from './config/by-hand.ts'
import type { Settings } from './config/by-hand.ts'
import { createExchanges } from './http/exchange.ts'
import type { RunningServer } from './http/server.ts'
import { libraryLog } from './host/log.ts'

/** The options of `createApp`: each may be left out. */
export interface CoatOptions extends Extensions {
  /** What `readSettings` has read, or any part of it written by hand. Left out: the defaults of the server. */
  readonly settings?: Settings
  /** A pino logger of the host. Left out: warnings and errors, as JSON lines on standard error. */
  readonly log?: Logger
}

/** Answers one request of node:http, and so of every framework that is built on it. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void

/** Where our own server listens. Left out: HOST and PORT of the settings. */
export interface ServeOptions {
  readonly host?: string
  /** 0 picks a free one. */
  readonly port?: number
}

/** Sessions, users and the GraphQL API, for the process that holds it. */
export interface Coat {
  /** Answers `/graphql`, under whatever path it is mounted. */
  readonly graphql: NodeListener
  /** Runs our own server. Rejects where the address cannot be had. */
  serve(options?: ServeOptions): Promise<RunningServer>
  /** Does the database answer, and the store where that is another? */
  isReady(): Promise<boolean>
  /** Stops the servers of `serve`, ends streams, and lets go of every connection and file. */
  close(): Promise<void>
}

/**
 * Opens an application. Rejects with a sentence for what cannot be opened, and leaves nothing open then. Applications of
 * one process share nothing.
 */
export async function createApp(options: CoatOptions = {}): Promise<Coat> {
  const { settings = {}, log: given, ...extensions } = options
  const config = completeSettings(settings)
  const log = given ?? libraryLog(config.logLevel)
  const app = await openApp(config, log, extensions)
  const openExchange = createExchanges(config)
  const servers = new Set<RunningServer>()
  return {
    graphql: (request, response) => app.handlers['/graphql']?.(openExchange(request, response)),
    async serve({ host = config.host, port = config.port } = {}) {
      const { serve } = await import('./http/server.ts')
      const served = { ...app, close: async () => {} }
      const server = await serve(served, { ...config, host, port })
      servers.add(server)
      return server
    },
    isReady: async () => (await app.readiness()).isReady,
    async close() {
      await Promise.all([...servers].map((server) => server.stop()))
      await app.close()
    },
  }
}
