import { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestListener } from 'node:http'
import { Socket } from 'node:net'
import { checkQuery, hasUnreadBody, readBody, UnusableBody } from '../http/body.ts'
import { schemeOf } from '../http/client.ts'
import type { Application } from './context.ts'
import { createGraphiql } from './graphiql.ts'
import { isAllowedHost } from '../http/host.ts'
import { LimitExceeded } from '../http/limits.ts'
import { judgeOrigin } from '../http/origin.ts'
import { createRefusalNotes } from '../http/refusal-notes.ts'
import { traceOf } from '../http/trace.ts'
import { createGraphQLServer } from './yoga.ts'
import type { OperationOptions } from './yoga.ts'

/** How `/graphql` is served. */
export interface EndpointOptions extends OperationOptions {
  readonly allowedHosts: readonly string[]
  readonly graphiql: boolean
  readonly production: boolean
}

/** `/graphql`. */
export interface Endpoint {
  /** Judges the origin and reads the body before anything runs. */
  readonly listener: RequestListener
  /** Runs what changes nothing, on behalf of no visitor, so that the first visitor does not wait for what is made once. */
  warm(): Promise<void>
}

/** What is served at `/graphql`. */
export function createEndpoint(app: Application, options: EndpointOptions): Endpoint {
  const yoga = createGraphQLServer(app, options)
  const graphiql = options.graphiql ? createGraphiql(options) : null
  const { allowedOrigins: allowed, allowedHosts, trustProxy, limits, cookie } = options
  const notes = createRefusalNotes(app.log)

  return { listener, warm }

  function listener(request: IncomingMessage, response: ServerResponse): void {
    answer(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return // the caller left
      const requestId = traceOf(response)?.id
      app.log.error({ err: error, requestId }, 'the endpoint failed')
      if (response.headersSent) response.destroy()
      else {
        const code = 'INTERNAL_SERVER_ERROR'
        refuse(response, 500, { code, message: 'Unexpected error.', requestId })
      }
    })
  }

  async function warm(): Promise<void> {
    const req = new IncomingMessage(new Socket()) // never connected
    const res = new ServerResponse(req)
    for (const query of documents) {
      const body = JSON.stringify({ query })
      const headers = { 'content-type': 'application/json' }
      const url = 'http://localhost/graphql'
      await (await yoga.fetch(url, { method: 'POST', headers, body }, { req, res })).text()
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    if (!isAllowedHost(headers.host, allowedHosts)) {
      notes.host(headers.host)
      return refuse(response, 400, { message: 'There is no host of this name here.' })
    }
    if (!methods.includes(method)) {
      response.setHeader('Allow', methods.join(', '))
      return refuse(response, 405, { message: 'GraphQL is asked by POST; queries by GET too.' })
    }
    if (await graphiql?.serve(request, response)) return
    const scheme = schemeOf(request, trustProxy)
    const { isAllowed, cors } = judgeOrigin(headers, { allowed, scheme })
    if (allowed.length > 0) response.setHeader('Vary', 'Origin')
    if (!isAllowed) {
      notes.origin(headers.origin)
      return refuse(response, 403, { code: 'FORBIDDEN', message: 'This origin is not allowed.' })
    }
    if (cookie.secure && isPlainPage(headers.origin)) notes.plainHttp(headers.origin)
    if (cors !== null) {
      response.setHeader('Access-Control-Allow-Origin', cors)
      response.setHeader('Access-Control-Allow-Credentials', 'true')
      response.setHeader('Access-Control-Expose-Headers', 'Retry-After, X-Request-Id')
    }
    if (method === 'OPTIONS') return answerPreflight(response, cors !== null)
    try {
      if (method === 'GET') checkQuery(request.url ?? '')
      else {
        Object.assign(request, { body: await readBody(request, limits.bodyBytes) })
        headers['content-type'] = 'application/json' // Yoga does not know that media types have no case
      }
    } catch (error) {
      if (error instanceof UnusableBody) return refuse(response, error.status, error)
      if (error instanceof LimitExceeded) return refuse(response, error.status ?? 400, error)
      throw error
    }
    await yoga(request, response, { req: request, res: response })
  }
}

/** Of pages from the same machine some browsers keep a Secure cookie over HTTP too, and others do not. */
function isPlainPage(origin: string | undefined): origin is string {
  return origin?.startsWith('http://') === true
}

/** A registration and a login that break every rule, so that nothing comes of them, and the most common query. */
const documents = [
  'mutation { register(input: { username: "", password: "" }) { __typename } }',
  'mutation { login(input: { username: "", password: "" }) { __typename } }',
  '{ me { id username } session { id } }',
]

const methods = ['GET', 'POST', 'OPTIONS']

/**
 * CORS for a listed origin. Its pages may use the cookie, so nothing is gained by keeping headers from them, of tracing or
 * of a client's name: no header that a page can write has a part in the verdict on its origin.
 */
function answerPreflight(response: ServerResponse, isListed: boolean): void {
  if (isListed) {
    const wanted = response.req.headers['access-control-request-headers'] ?? ''
    response.setHeader('Access-Control-Allow-Methods', 'GET, POST')
    response.setHeader(
      'Access-Control-Allow-Headers',
      isHeaderList(wanted) ? wanted : 'content-type',
    )
    response.setHeader('Access-Control-Max-Age', '600')
  }
  response.writeHead(204).end()
}

/** Names of headers, and no more of them than a page has use for. */
function isHeaderList(text: string): boolean {
  return text.length <= 1024 && /^[\w!#$%&'*+.^`|~-]+( *, *[\w!#$%&'*+.^`|~-]+)*$/.test(text)
}

/** A coded error as the whole answer. After a body that was not read to its end the connection cannot be used again. */
function refuse(
  response: ServerResponse,
  status: number,
  {
    message,
    code = 'BAD_USER_INPUT',
    setting = null,
    requestId,
  }: {
    message: string
    code?: string
    setting?: string | null
    requestId?: string | undefined
  },
): void {
  const trace = traceOf(response)
  if (trace) trace.code = code
  const extensions = { code, ...(setting !== null && { limit: setting }), requestId }
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    ...(hasUnreadBody(response.req) && { Connection: 'close' }),
  })
  response.end(JSON.stringify({ errors: [{ message, extensions }] }))
}
