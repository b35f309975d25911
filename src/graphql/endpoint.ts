import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import { NoSchemaIntrospectionCustomRule } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { DocumentNode } from 'graphql'
import type { RequestRoster } from '../auth/roster.ts'
import { useSession } from '../session/plugin.ts'
import type { SessionPluginOptions } from '../session/plugin.ts'
import { readBody, UnusableBody } from './body.ts'
import { clientOf } from './client.ts'
import type { Application, Context } from './context.ts'
import { codeOf, errorResponse, publicError } from './errors.ts'
import { graphiqlPage } from './graphiql.ts'
import { judgeOrigin } from './origin.ts'
import { schema } from './schema.ts'

/** How `/graphql` is served. */
export interface EndpointOptions {
  readonly cookie: SessionPluginOptions<RequestRoster>['cookie']
  /** SESSION_SAVE_EVERY_REQUEST. */
  readonly saveEveryRequest: boolean
  readonly allowedOrigins: readonly string[]
  /** TRUST_PROXY: how many proxies of ours stand in front. */
  readonly trustProxy: number
  readonly graphiql: boolean
  readonly introspection: boolean
}

/** The most bytes of a request's body. */
const mostBody = 102_400

/** Parsed documents are kept up to this much source, some thirty times as much memory. */
const cachedSource = 262_144

interface ServerContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** The listener of `/graphql`: the origin is judged and the body read before anything runs. */
export function createEndpoint(app: Application, options: EndpointOptions): RequestListener {
  const yoga = createGraphQLServer(app, options)
  const page = options.graphiql ? graphiqlPage() : null

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return // the caller left
      app.log.error({ err: error }, 'the endpoint failed')
      if (response.headersSent) response.destroy()
      else refuse(response, 500, 'INTERNAL_SERVER_ERROR', 'Unexpected error.')
    })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    if (page !== null && method === 'GET' && headers.accept?.includes('text/html')) {
      return sendPage(response, page)
    }
    const { isAllowed, cors } = judgeOrigin(headers, options.allowedOrigins)
    if (options.allowedOrigins.length > 0) response.setHeader('Vary', 'Origin')
    if (!isAllowed) return refuse(response, 403, 'FORBIDDEN', 'This origin is not allowed.')
    if (cors !== null) {
      response.setHeader('Access-Control-Allow-Origin', cors)
      response.setHeader('Access-Control-Allow-Credentials', 'true')
    }
    if (method === 'OPTIONS') return answerPreflight(response, cors !== null)
    if (method === 'POST') {
      try {
        const body = await readBody(request, mostBody)
        Object.assign(request, { body })
      } catch (error) {
        if (!(error instanceof UnusableBody)) throw error
        return refuse(response, error.status, 'BAD_USER_INPUT', error.message)
      }
    }
    await yoga(request, response, { req: request, res: response })
  }
}

function createGraphQLServer(app: Application, options: EndpointOptions) {
  return createYoga<ServerContext, Pick<Context, 'app' | 'client'>>({
    schema,
    context: ({ req }) => ({ app, client: clientOf(req, options.trustProxy) }),
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    logging: false,
    maskedErrors: { maskError: (error) => publicError(error, app.log) },
    // Keyed by the source, so bounded by its size: ten thousand documents must not fill the heap. Failures are not kept.
    parserAndValidationCache: {
      documentCache: new LRUCache<string, DocumentNode>({
        maxSize: cachedSource,
        maxEntrySize: cachedSource / 16,
        sizeCalculation: (_document, source) => source.length + 1,
      }),
      errorCache: { get: () => undefined, set: () => undefined },
    },
    plugins: [
      useErrorCodes,
      ...(options.introspection ? [] : [useNoIntrospection]),
      ...(options.allowedOrigins.length > 0 ? [useVaryByOrigin] : []),
      useSession<RequestRoster>({
        settings: app.settings,
        openCarrier: app.openCarrier,
        cookie: options.cookie,
        saveEveryRequest: options.saveEveryRequest,
        attend: (_request, context) => app.sessions.attend((context as Context).client),
        refuse: (error) => errorResponse(error, app.log),
      }),
    ],
  })
}

/** Yoga answers what does not parse or validate by itself, under codes of its own. */
const useErrorCodes: Plugin = {
  onResultProcess({ result }) {
    if (!('errors' in result)) return
    for (const error of result.errors ?? [])
      Object.assign(error.extensions, { code: codeOf(error) })
  },
}

const useNoIntrospection: Plugin = {
  onValidate: ({ addValidationRule }) => addValidationRule(NoSchemaIntrospectionCustomRule),
}

const useVaryByOrigin: Plugin = {
  onResponse: ({ response }) => response.headers.append('Vary', 'Origin'),
}

function sendPage(response: ServerResponse, page: string): void {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Frame-Options': 'DENY',
  })
  response.end(page)
}

/** CORS for a listed origin: exactly what a GraphQL client needs. */
function answerPreflight(response: ServerResponse, isListed: boolean): void {
  if (isListed) {
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST')
    response.setHeader('Access-Control-Allow-Headers', 'content-type')
    response.setHeader('Access-Control-Max-Age', '600')
  }
  response.writeHead(204).end()
}

/** A coded error as the whole answer. After a body that was not read to its end the connection cannot be used again. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] })
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...(status === 413 && { Connection: 'close' }),
  })
  response.end(body)
}
