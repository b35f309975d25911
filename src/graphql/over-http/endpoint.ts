import { OperationTypeNode } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import type { GraphQLParams } from 'graphql-yoga'
import { refuse, refuseFault } from '../../http/answer.ts'
import { UnusableBody } from '../../http/body.ts'
import { addHeader, cutOff, onceOver } from '../../http/exchange.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Judge } from '../../http/judge.ts'
import type { Handler } from '../../http/server.ts'
import type { Soon } from '../../waiting/soon.ts'
import type { Asked } from '../asked.ts'
import { createGraphiql } from '../graphiql/graphiql.ts'
import type { GraphiqlOptions, GraphiqlParts } from '../graphiql/graphiql.ts'
import type { Outcome } from '../masking.ts'
import { createApi } from '../operation.ts'
import type { ApiParts, OperationOptions } from '../operation.ts'
import type { Plan } from '../plans.ts'
import { createSender } from './answers.ts'
import { mutationByGet, negotiate, notAcceptable, notPersisted } from './negotiation.ts'
import type { AnswerType } from './negotiation.ts'
import { readParameters } from './parameters.ts'
import { warmUp } from './warming.ts'

/** How to serve `/graphql`. */
export interface EndpointOptions extends OperationOptions, GraphiqlOptions {
  readonly graphiql: boolean
  readonly limits: OperationOptions['limits'] & { readonly bodyBytes: number }
}

/** What serving `/graphql` needs. */
export interface EndpointParts extends ApiParts, GraphiqlParts {
  readonly judge: Judge
}

/** `/graphql`. */
export interface Endpoint {
  readonly handler: Handler
  /** Loads and compiles ahead what the first visitor would wait for. */
  warm(): Promise<void>
}

/**
 * Serves the API of `schema` over HTTP: judges the request, reads its parameters, runs the operation, and sends its outcome.
 * Only this part of the API knows requests, methods and headers.
 */
export function createEndpoint(
  schema: GraphQLSchema,
  parts: EndpointParts,
  options: EndpointOptions,
): Endpoint {
  const { log, judge } = parts
  const graphiql = options.graphiql ? createGraphiql(schema, parts, options) : null
  const api = createApi(schema, parts, options)
  const sendOutcome = createSender(api.fetchAPI)

  return { handler, warm: () => warmUp(api) }

  function handler(exchange: Exchange): void {
    answer(exchange).catch((error: unknown) => {
      const { request, response, id: requestId } = exchange
      if (request.destroyed && !request.complete) return // the caller left
      if (error instanceof UnusableBody) {
        if (error.status === 500) log.error({ requestId }, `coat.graphql: ${error.message}`)
        return refuse(exchange, error.status, error)
      }
      log.error({ err: error, requestId }, 'the endpoint failed')
      if (response.headersSent) return void response.destroy()
      refuseFault(exchange)
    })
  }

  async function answer(exchange: Exchange): Promise<void> {
    if (judge.refusesHost(exchange) || refusesMethod(exchange)) return
    if (graphiql !== null && (await graphiql.serve(exchange))) return
    if (judge.refusesOrigin(exchange)) return
    const params = await readParameters(exchange, options.limits.bodyBytes)
    const type = negotiate(exchange.request.headers.accept, false)
    const outcome = ask(exchange, params, type)
    // Without an `await`, a ready answer goes out at once.
    const settled = outcome instanceof Promise ? await outcome : outcome
    sendOutcome(exchange, settled, type ?? 'application/json')
  }

  function ask(exchange: Exchange, params: GraphQLParams, type: AnswerType | null): Soon<Outcome> {
    // Without an answer type it runs nothing: the caller could not learn what a mutation did.
    if (type === null) return { errors: [notAcceptable()] }
    if (params.query == null && params.extensions?.['persistedQuery'] != null)
      return { errors: [notPersisted()] }
    return api.ask(askedBy(exchange), params)
  }
}

const methods = ['GET', 'POST', 'OPTIONS']

/** Answers a request whose method this address does not serve. */
function refusesMethod(exchange: Exchange): boolean {
  if (methods.includes(exchange.request.method ?? '')) return false
  addHeader(exchange, 'Allow', methods.join(', '))
  refuse(exchange, 405, { message: 'GraphQL is asked by POST; queries by GET too.' })
  return true
}

function askedBy(exchange: Exchange): Asked {
  return {
    served: exchange,
    id: exchange.id,
    admit: (plan) => admit(exchange, plan),
    reader: () => ({
      // A GET may come from EventSource.
      asksAgain: exchange.request.method === 'GET',
      onceGone: (listener) => onceOver(exchange, listener),
      cutOff: () => cutOff(exchange),
    }),
  }
}

function admit(exchange: Exchange, { operation, purpose }: Plan): void {
  if (exchange.request.method === 'GET' && operation.operation === OperationTypeNode.MUTATION)
    throw mutationByGet()
  exchange.purpose = purpose
}
