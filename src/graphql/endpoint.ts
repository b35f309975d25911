import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { GraphQLSchema } from 'graphql'
import { refuse, refuseFault } from '../http/answer.ts'
import { readQuery, UnusableBody } from '../http/body.ts'
import { createExchanges } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { takeBody } from '../http/hosted-body.ts'
import { LimitExceeded } from '../http/limits.ts'
import type { Judge } from '../http/judge.ts'
import type { Handler } from '../http/server.ts'
import { createSender } from './answers.ts'
import { createGraphiql } from './graphiql.ts'
import type { GraphiqlOptions, GraphiqlParts } from './graphiql.ts'
import { negotiate } from './negotiation.ts'
import { createApi } from './operation.ts'
import type { ApiParts, OperationOptions } from './operation.ts'

/** How `/graphql` is served. */
export interface EndpointOptions extends OperationOptions, GraphiqlOptions {
  readonly graphiql: boolean
}

/** What serving `/graphql` takes. */
export interface EndpointParts extends ApiParts, GraphiqlParts {
  readonly judge: Judge
}

/** `/graphql`. */
export interface Endpoint {
  readonly handler: Handler
  /** Runs what changes nothing, on behalf of no visitor, so that the first visitor does not wait for what is made once. */
  warm(): Promise<void>
}

/** Serves the API of `schema`: judges the request, reads its parameters, has them run, and sends what they come to. */
export function createEndpoint(
  schema: GraphQLSchema,
  parts: EndpointParts,
  options: EndpointOptions,
): Endpoint {
  const { log, judge } = parts
  const { limits } = options
  const graphiql = options.graphiql ? createGraphiql(schema, parts, options) : null
  const api = createApi(schema, parts, options)
  const sendOutcome = createSender(api.fetchAPI)

  return { handler, warm }

  function handler(exchange: Exchange): void {
    answer(exchange).catch((error: unknown) => {
      const { request, response, id: requestId } = exchange
      if (request.destroyed && !request.complete) return // the caller left
      if (error instanceof UnusableBody) {
        if (error.status === 500) log.error({ requestId }, `coat.graphql: ${error.message}`)
        return refuse(exchange, error.status, error)
      }
      if (error instanceof LimitExceeded) return refuse(exchange, error.status ?? 400, error)
      log.error({ err: error, requestId }, 'the endpoint failed')
      if (response.headersSent) return void response.destroy()
      refuseFault(exchange)
    })
  }

  async function answer(exchange: Exchange): Promise<void> {
    if (judge.refusesHost(exchange) || judge.refusesMethod(exchange)) return
    if (graphiql !== null && (await graphiql.serve(exchange))) return
    if (judge.refusesOrigin(exchange)) return
    const { request } = exchange
    const params =
      request.method === 'GET'
        ? readQuery(request.url ?? '')
        : await takeBody(exchange, limits.bodyBytes)
    const type = negotiate(request.headers.accept, false)
    const outcome = api.ask(exchange, params, type)
    // An answer that is there at once goes out at once.
    const settled = outcome instanceof Promise ? await outcome : outcome
    sendOutcome(exchange, settled, type ?? 'application/json')
  }

  async function warm(): Promise<void> {
    await api.warm()
    const openExchange = createExchanges({ trustProxy: 0, hstsSeconds: 0 })
    for (const query of documents) {
      const request = new IncomingMessage(new Socket()) // never connected
      await api.ask(
        openExchange(request, new ServerResponse(request)),
        { query },
        'application/json',
      )
    }
  }
}

/** A registration and a login that break every rule, so that nothing comes of them, and the most common query. */
const documents = [
  'mutation { register(input: { username: "", password: "" }) { __typename } }',
  'mutation { login(input: { username: "", password: "" }) { __typename } }',
  '{ me { id username } session { id } }',
]
