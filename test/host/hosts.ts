import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve as serveHono } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import express, { Router } from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import type { Coat, NodeListener } from '../../src/index.ts'

/** A server that an application has already, with the API mounted in it. */
export interface Host {
  readonly name: string
  /** The path of the API. */
  readonly graphql: string
  /** Does a parser of the host read bodies first? What it refuses, it refuses in its own form. */
  readonly parses: boolean
  /** Has it routes of its own? */
  readonly hasRoutes: boolean
  /** Answers at a free port of this machine. */
  start(coat: Coat, routes?: readonly Route[]): Promise<RunningHost>
}

/** A route of the host's own, such as one that `coat.withSession` made. Its answer is written on Node's response. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly listener: NodeListener
}

/** A host that listens. */
export interface RunningHost {
  /** Its origin. */
  readonly url: string
  stop(): Promise<void>
}

/** What a host of Node sets before it hands a request over: it must come through. */
export const hostsOwn = { cookie: 'host=1; Path=/', vary: 'Accept-Language' }

/** Every way to mount the API that the guide shows, and our own server beside them. */
export const hosts: readonly Host[] = [
  {
    name: 'our own server',
    graphql: '/graphql',
    parses: false,
    hasRoutes: false,
    start: (coat) => coat.serve({ host: '127.0.0.1', port: 0 }),
  },
  {
    name: 'node:http',
    graphql: '/api/graphql',
    parses: false,
    hasRoutes: true,
    start: (coat, routes = []) =>
      listen(
        createServer((request, response) => {
          const [path] = (request.url ?? '').split('?')
          const route = routes.find((one) => one.path === path && one.method === request.method)
          if (path === '/api/graphql') coat.graphql(request, response)
          else if (path === '/api/admin') coat.admin(request, response)
          else if (route) route.listener(request, response)
          else response.writeHead(404).end()
        }),
      ),
  },
  {
    name: 'Express, before its parsers',
    graphql: '/graphql',
    parses: false,
    hasRoutes: true,
    start(coat, routes = []) {
      const web = express()
      web.use((_request, response, next) => {
        response.setHeader('Set-Cookie', hostsOwn.cookie)
        response.setHeader('Vary', hostsOwn.vary)
        next()
      })
      web.use('/graphql', coat.graphql)
      web.use('/admin', coat.admin)
      for (const route of routes) addTo(web, route)
      return listen(createServer(web as RequestListener))
    },
  },
  {
    name: 'Express, in a router of a router behind its parsers',
    graphql: '/shop/api/graphql',
    parses: true,
    hasRoutes: true,
    start(coat, routes = []) {
      const web = express()
      web.use(express.json(), express.urlencoded(), express.text())
      const api = Router()
      api.use('/graphql', coat.graphql)
      api.use('/admin', coat.admin)
      const shop = Router()
      shop.use('/api', api)
      web.use('/shop', shop)
      for (const route of routes) addTo(web, route)
      return listen(createServer(web as RequestListener))
    },
  },
  {
    name: 'Fastify with its own parser',
    graphql: '/graphql',
    parses: true,
    hasRoutes: true,
    async start(coat, routes = []) {
      const web = fastify()
      web.addContentTypeParser('application/x-www-form-urlencoded', (_request, _body, done) =>
        done(null),
      )
      web.all('/graphql', (request, reply) => {
        reply.hijack()
        coat.graphql(request.raw, reply.raw, { body: request.body, address: request.ip })
      })
      web.all('/admin', (request, reply) => {
        reply.hijack()
        coat.admin(request.raw, reply.raw, { body: request.body, address: request.ip })
      })
      for (const { method, path, listener } of routes)
        web.route({
          method,
          url: path,
          handler(request, reply) {
            reply.hijack()
            listener(request.raw, reply.raw, { body: request.body, address: request.ip })
          },
        })
      return { url: await web.listen({ host: '127.0.0.1', port: 0 }), stop: () => web.close() }
    },
  },
  {
    name: 'Fastify in a scope that leaves bodies alone',
    graphql: '/api/graphql',
    parses: false,
    hasRoutes: false,
    async start(coat) {
      const web = fastify()
      await web.register(
        async (scope) => {
          scope.removeAllContentTypeParsers()
          scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
          scope.all('/graphql', (request, reply) => {
            reply.hijack()
            coat.graphql(request.raw, reply.raw, { address: request.ip })
          })
          scope.all('/admin', (request, reply) => {
            reply.hijack()
            coat.admin(request.raw, reply.raw, { address: request.ip })
          })
        },
        { prefix: '/api' },
      )
      return { url: await web.listen({ host: '127.0.0.1', port: 0 }), stop: () => web.close() }
    },
  },
  {
    name: 'Koa',
    graphql: '/graphql',
    parses: false,
    hasRoutes: true,
    start(coat, routes = []) {
      const web = new Koa()
      web.use((ctx, next) => {
        const route = routes.find((one) => one.path === ctx.path && one.method === ctx.method)
        const ours: Record<string, NodeListener> = {
          '/graphql': coat.graphql,
          '/admin': coat.admin,
        }
        const listener = ours[ctx.path] ?? route?.listener
        if (listener === undefined) return next()
        ctx.respond = false
        listener(ctx.req, ctx.res)
      })
      return listen(createServer(web.callback() as RequestListener))
    },
  },
  {
    name: 'Hono, through coat.fetch',
    graphql: '/hono/graphql',
    parses: false,
    hasRoutes: true,
    start(coat, routes = []) {
      const web = new Hono<{ Bindings: HttpBindings }>().basePath('/hono')
      web.on(['GET', 'HEAD', 'POST', 'OPTIONS'], ['/graphql', '/admin'], (c) =>
        coat.fetch(c.req.raw, { address: c.env.incoming.socket.remoteAddress }),
      )
      const root = new Hono<{ Bindings: HttpBindings }>().route('/', web)
      for (const { method, path, listener } of routes)
        root.on(method, path, (c) => {
          listener(c.env.incoming, c.env.outgoing)
          return RESPONSE_ALREADY_SENT
        })
      return new Promise((resolve) => {
        const server = serveHono({ fetch: root.fetch, hostname: '127.0.0.1', port: 0 }, () =>
          resolve(running(server as Server)),
        )
      })
    },
  },
]

function addTo(web: ReturnType<typeof express>, { method, path, listener }: Route): void {
  web[method === 'GET' ? 'get' : 'post'](path, listener)
}

function listen(server: Server): Promise<RunningHost> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(running(server)))
  })
}

function running(server: Server): RunningHost {
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
