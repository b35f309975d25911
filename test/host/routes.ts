import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { App } from '../../src/app.ts'
import { createFetchWithSession } from '../../src/host/fetch-with-session.ts'
import type { OpenHostExchange } from '../../src/host/facts.ts'
import { createLook } from '../../src/host/look.ts'
import { createWithSession } from '../../src/host/with-session.ts'
import type { RouteHandler, RouteOptions, WithSessionParts } from '../../src/host/with-session.ts'
import { createExchanges } from '../../src/http/exchange.ts'

/** What `createApp` makes for the routes of a host, on an application that a test has opened. */
export function hostOf(app: App) {
  const open = createExchanges({ trustProxy: 0, hstsSeconds: 0 })
  const openExchange: OpenHostExchange = (request, response) => open(request, response)
  const { withSession, look, logins, judge, log } = app
  const enter = () => () => {}
  const parts: WithSessionParts = { withSession, logins, judge, log, openExchange, enter }
  return {
    openExchange,
    withSession: createWithSession(parts),
    fetchWithSession: createFetchWithSession(parts),
    session: createLook({ look, judge, trustProxy: 0 }),
  }
}

/** A server of a host, on a free port. */
export interface HostServer {
  readonly url: string
  /** Asks a route, as the holder of a session key. */
  ask(path: string, cookie?: string | null, init?: RequestInit): Promise<RouteAnswer>
  stop(): Promise<void>
}

/** What a route answered. */
export interface RouteAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly setCookie: string[]
  /** The key in the cookie that came back; null where it was cleared; undefined where none came. */
  readonly key: string | null | undefined
}

/** Serves handlers by their paths, each with the session of its request. */
export async function serveRoutes(
  app: App,
  routes: Readonly<Record<string, RouteHandler<IncomingMessage, ServerResponse>>>,
  options: RouteOptions = {},
): Promise<HostServer> {
  const { withSession } = hostOf(app)
  const listeners = new Map(
    Object.entries(routes).map(([path, handler]) => [path, withSession(handler, options)]),
  )
  return serveListener((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    void listeners.get(path)?.(request, response)
  })
}

/** Serves a listener of node:http. */
export async function serveListener(
  listener: Parameters<typeof createServer>[1],
): Promise<HostServer> {
  const server = createServer(listener as never)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    async ask(path, cookie = null, init = {}) {
      const headers = {
        ...(cookie !== null && { cookie: `sessionid=${cookie}` }),
        ...(init.headers as Record<string, string>),
      }
      const response = await fetch(url + path, { redirect: 'manual', ...init, headers })
      const setCookie = response.headers.getSetCookie()
      const value = setCookie
        .findLast((line) => line.startsWith('sessionid='))
        ?.slice('sessionid='.length)
        .split(';')[0]
      return {
        status: response.status,
        headers: response.headers,
        text: await response.text(),
        setCookie,
        key: value === '' ? null : value,
      }
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
