import { execute, subscribe } from 'graphql'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import { isPromise } from 'graphql-yoga'
import type { FetchAPI, GraphQLParams } from 'graphql-yoga'
import type { Logger } from 'pino'
import type { RequestRoster } from '../auth/roster/roster.ts'
import { createDeadlines } from '../waiting/deadlines.ts'
import type { WithSession } from '../session/serve.ts'
import type { Soon } from '../waiting/soon.ts'
import type { Asked } from './asked.ts'
import { createCompiler } from './compiler.ts'
import { openContext } from './context.ts'
import type { Context, ContextParts } from './context.ts'
import { createGuard } from './guard.ts'
import { LimitExceeded } from './limits.ts'
import type { Limits } from './limits.ts'
import { createMasking } from './masking.ts'
import type { Outcome } from './masking.ts'
import { createPlans, noOperation } from './plans.ts'
import type { Plan } from './plans.ts'
import { isPlain, openYoga } from './yoga.ts'

/** How operations run. */
export interface OperationOptions {
  readonly introspection: boolean
  readonly limits: Limits
}

/** What running operations needs. */
export interface ApiParts extends ContextParts {
  readonly withSession: WithSession<RequestRoster>
  readonly log: Logger
}

/** The API, for code that has read the parameters already. */
export interface Api {
  /** Runs an operation. Its outcome has errors in the form that the caller may see. Never rejects. */
  ask(asked: Asked, params: GraphQLParams): Soon<Outcome>
  /** Loads the compiler of operations. */
  warm(): Promise<void>
  /** Yoga's own classes of the Fetch standard. */
  readonly fetchAPI: FetchAPI
}

/** The values of an operation's variables, as the caller gave them. */
type Variables = Readonly<Record<string, unknown>> | null

/**
 * Runs operations of `schema`, each by a plan that the server keeps, with the session of its request. Past GRAPHQL_TIMEOUT,
 * or the most rows, an operation is over: the server calls no further resolver, and running ones can no longer change the
 * session. It drops changes that wait their turn, and waits for a write under way; the answer says so. Streams have no time
 * limit: they end with their session.
 */
export function createApi(
  schema: GraphQLSchema,
  parts: ApiParts,
  { limits, introspection }: OperationOptions,
): Api {
  const { withSession, log } = parts
  const findPlan = createPlans({ schema, limits, introspection })
  const startDeadline = createDeadlines(limits.timeout * 1000)
  const compiler = createCompiler(schema)
  const { mask, failure } = createMasking({ introspection, log })
  const { runChecked, fetchAPI } = openYoga(schema, runParams)
  return { ask, warm: compiler.warm, fetchAPI }

  function ask(asked: Asked, params: GraphQLParams): Soon<Outcome> {
    const fail = (error: unknown) => failure(error, asked.id)
    try {
      const outcome = isPlain(params) ? runParams(params, asked) : runChecked(params, asked)
      return isPromise(outcome) ? Promise.resolve(outcome).catch(fail) : outcome
    } catch (error) {
      return fail(error)
    }
  }

  function runParams(params: GraphQLParams, asked: Asked): Soon<Outcome> {
    const { query = '', operationName = null }: { query?: string; operationName?: unknown } = params
    if (typeof operationName !== 'string' && operationName !== null) throw noOperation()
    const plan = findPlan(query, operationName)
    asked.admit(plan)
    return withSession(asked.served, (visit) => {
      const context = openContext(parts, visit, asked, createGuard(limits))
      const finish = (outcome: Outcome) => mask(outcome, asked.id)
      const fail = (error: unknown) => failure(error, asked.id)
      try {
        const outcome = run(plan, valuesOf(params), context)
        return outcome instanceof Promise ? outcome.then(finish).catch(fail) : finish(outcome)
      } catch (error) {
        return fail(error)
      }
    })
  }

  function run(plan: Plan, variables: Variables, context: Context): Outcome | Promise<Outcome> {
    if (plan.isStream) return subscribe(argsOf(plan, variables, context))
    const result = begin(plan, variables, context)
    return result instanceof Promise ? beforeDeadline(result, plan, context) : result
  }

  function begin(plan: Plan, variables: Variables, context: Context) {
    const result = lacksValue(plan, variables)
      ? undefined
      : compiler.find(plan)?.(context, variables)
    // The variables are wrong, and nothing has run. graphql-js explains better what is wrong.
    const isRefused = result === undefined || ('errors' in result && !('data' in result))
    return isRefused ? execute(argsOf(plan, variables, context)) : result
  }

  function argsOf({ document, operation }: Plan, variables: Variables, context: Context) {
    const operationName = operation.name?.value ?? null
    return { schema, document, contextValue: context, variableValues: variables, operationName }
  }

  async function beforeDeadline(
    result: Promise<ExecutionResult>,
    { operation }: Plan,
    { budget, session }: Context,
  ): Promise<ExecutionResult> {
    try {
      return await new Promise((resolve, reject) => {
        if (budget.reason !== null) return reject(budget.reason)
        budget.onEnd = reject
        const late = () =>
          budget.end(
            new LimitExceeded('timeout', `An operation takes ${limits.timeout} seconds at most`),
          )
        const clear = startDeadline(late)
        const done = (settle: () => void) => {
          clear()
          settle()
        }
        result.then(
          (value) => done(() => resolve(value)),
          (error: unknown) => done(() => reject(error)),
        )
      })
    } catch (error) {
      if (error !== budget.reason || !(error instanceof Error)) throw error
      const isOpen = await session.abandon()
      // A registration, a new password or an end of sessions stands, though the session takes nothing more.
      if (operation.operation === 'mutation')
        error.message +=
          ' What it did by then is done, and what it was storing may have been stored.'
      else if (isOpen)
        error.message += ' What was being stored at that moment may have been stored.'
      throw error
    }
  }
}

/** The variables. JSON may hold `__proto__`, which would become the prototype of their copy. */
function valuesOf({ variables }: GraphQLParams): Readonly<Record<string, unknown>> | null {
  if (!variables || !Object.hasOwn(variables, '__proto__')) return variables ?? null
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name !== '__proto__'))
}

/**
 * Is a declared variable null, or left out without a default? There graphql-jit differs from graphql-js: it takes null for no
 * value, and puts null for a field that is left out of an input object.
 */
function lacksValue({ operation }: Plan, variables: Variables): boolean {
  return (operation.variableDefinitions ?? []).some(({ variable, defaultValue }) => {
    const name = variable.name.value
    if (variables === null || !Object.hasOwn(variables, name)) return defaultValue === undefined
    return variables[name] === null
  })
}
