import { GraphQLError, OperationTypeNode } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { createYoga, isPromise } from 'graphql-yoga'
import type { FetchAPI, GraphQLParams } from 'graphql-yoga'
import type { Exchange } from '../http/exchange.ts'
import type { Limits } from '../http/limits.ts'
import { createDeadlines } from '../waiting/deadlines.ts'
import type { Soon } from '../waiting/soon.ts'
import { createCompiler } from './compiler.ts'
import { openContext } from './context.ts'
import type { Application, Serving } from './context.ts'
import { createGuard } from './guard.ts'
import { createMasking, isStream } from './masking.ts'
import { negotiate, notAcceptable, notPersisted } from './negotiation.ts'
import type { AnswerType } from './negotiation.ts'
import { createRunner } from './operation.ts'
import type { Outcome } from './operation.ts'
import { createPlans, noOperation } from './plans.ts'

/** How operations are run. */
export interface OperationOptions {
  readonly introspection: boolean
  readonly limits: Limits
}

/** The API, for callers who have read the parameters already. */
export interface Api {
  /**
   * The outcome of an operation, with every error as the caller may see it. `type` is what a single result is written as;
   * null where the caller accepts nothing: then nothing is run. Never rejects.
   */
  ask(exchange: Exchange, params: GraphQLParams, type: AnswerType | null): Soon<Outcome>
  /** Loads what the first requests would wait for. */
  warm(): Promise<void>
  /** Yoga's own forms of what the Fetch standard describes. */
  readonly fetchAPI: FetchAPI
}

/** What a request hands through Yoga to the handler of its parameters. */
interface Asked {
  readonly exchange: Exchange
}

/**
 * Yoga, which checks the parameters. It runs them by a plan that the server keeps, with the session of the request. Its HTTP
 * is not used, because the server has judged and read the request before.
 */
export function createApi(
  schema: GraphQLSchema,
  app: Application & Serving,
  options: OperationOptions,
): Api {
  const { limits, introspection } = options
  const findPlan = createPlans({ schema, limits, introspection })
  const startDeadline = createDeadlines(limits.timeout * 1000)
  const compiler = createCompiler(schema)
  const run = createRunner(schema, { compiler, startDeadline, seconds: limits.timeout })
  const { mask, failure } = createMasking({ introspection, log: app.log })
  const yoga = createYoga({
    schema,
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: false,
    plugins: [
      {
        onParams({ setParamsHandler }) {
          setParamsHandler(({ params, context }) =>
            runParams(params, (context as unknown as Asked).exchange),
          )
        },
      },
    ],
  })
  // Yoga's checks are of parameters alone: nothing of this request is looked at.
  const request = new yoga.fetchAPI.Request('http://localhost/graphql', { method: 'POST' })

  return { ask, warm: compiler.warm, fetchAPI: yoga.fetchAPI }

  function ask(exchange: Exchange, params: GraphQLParams, type: AnswerType | null): Soon<Outcome> {
    const fail = (error: unknown) => failure(error, exchange.id)
    try {
      // What cannot be answered is not run: its caller would take what it did for not done.
      if (type === null) throw notAcceptable()
      if (params.query == null && params.extensions?.['persistedQuery'] != null)
        throw notPersisted()
      const asked: Asked = { exchange }
      const outcome = isPlain(params)
        ? runParams(params, exchange)
        : yoga.getResultForParams({ params, request }, asked as never)
      return isPromise(outcome)
        ? Promise.resolve(outcome as Promise<Outcome>).catch(fail)
        : (outcome as Outcome)
    } catch (error) {
      return fail(error)
    }
  }

  function runParams(params: GraphQLParams, exchange: Exchange): Soon<Outcome> {
    const { query = '', operationName = null }: { query?: string; operationName?: unknown } = params
    if (typeof operationName !== 'string' && operationName !== null) throw noOperation()
    const plan = findPlan(query, operationName)
    const { method, headers } = exchange.request
    if (method === 'GET' && plan.operation.operation === OperationTypeNode.MUTATION)
      throw mutationByGet()
    exchange.operation = plan.name
    exchange.field = plan.field
    return app.withSession(exchange, (visit) => {
      const budget = createGuard(limits)
      const context = openContext(app, visit, exchange, budget)
      const fail = (error: unknown) => failure(error, exchange.id)
      const finish = (outcome: Outcome) => {
        if (!isStream(outcome) || negotiate(headers.accept, true) !== null)
          return mask(outcome, exchange.id)
        // What fails while a stream is given up belongs to no answer any more.
        outcome[Symbol.asyncIterator]()
          .return?.()
          ?.catch(() => undefined)
        return fail(notAcceptable())
      }
      try {
        const outcome = run(plan, valuesOf(params), context)
        return outcome instanceof Promise ? outcome.then(finish).catch(fail) : finish(outcome)
      } catch (error) {
        return fail(error)
      }
    })
  }
}

/** What the variables are. JSON can give them a name that would be the prototype of what they are copied into. */
function valuesOf({ variables }: GraphQLParams): Readonly<Record<string, unknown>> | null {
  if (!variables || !Object.hasOwn(variables, '__proto__')) return variables ?? null
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name !== '__proto__'))
}

/** Has Yoga nothing to object to? Its own checks are for what clients get wrong, and say what that is. */
function isPlain(params: GraphQLParams): boolean {
  for (const name in params) {
    const value: unknown = params[name as keyof GraphQLParams]
    if (name === 'query') {
      if (typeof value !== 'string') return false
    } else if (name === 'variables') {
      if (typeof value !== 'object' || Array.isArray(value)) return false
    } else if (name !== 'operationName' || typeof value !== 'string') return false
  }
  return 'query' in params
}

/** RFC 9110, section 9.2.1: what a GET asks for changes nothing. */
function mutationByGet(): GraphQLError {
  return new GraphQLError('Can only perform a mutation operation from a POST request.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 405, headers: { Allow: 'POST' } } },
  })
}
