import { execute, subscribe } from 'graphql'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import { LimitExceeded } from '../http/limits.ts'
import type { StartDeadline } from '../waiting/deadlines.ts'
import type { Compiler } from './compiler.ts'
import type { Context } from './context.ts'
import type { Plan } from './plans.ts'

/** What an operation comes to: a result, or a stream of them. */
export type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>

/** The values of an operation's variables, as the caller gave them. */
type Variables = Readonly<Record<string, unknown>> | null

/** Runs an operation. Rejects where it was ended before it was done. */
export type RunOperation = (
  plan: Plan,
  variables: Variables,
  context: Context,
) => Outcome | Promise<Outcome>

/** How operations are run. */
export interface RunnerOptions {
  readonly compiler: Compiler
  readonly startDeadline: StartDeadline
  /** GRAPHQL_TIMEOUT. */
  readonly seconds: number
}

/**
 * Runs operations of `schema`. One that takes longer than GRAPHQL_TIMEOUT, or reads more rows than it may, is over: no
 * further resolver is called, and what still runs can change the session no more. What waits its turn to be stored is
 * dropped; what is being stored already is waited for, and the answer says so. Streams have no such end: they end with
 * their session.
 */
export function createRunner(
  schema: GraphQLSchema,
  { compiler, startDeadline, seconds }: RunnerOptions,
): RunOperation {
  return (plan, variables, context) => {
    if (plan.isStream) return subscribe(argsOf(plan, variables, context))
    const result = begin(plan, variables, context)
    return result instanceof Promise ? inTime(result, context) : result
  }

  function begin(plan: Plan, variables: Variables, context: Context) {
    const result = hasNull(variables) ? undefined : compiler.find(plan)?.(context, variables)
    // Nothing was run where the variables are wrong. graphql-js says better what is wrong with them.
    const isRefused = result === undefined || ('errors' in result && !('data' in result))
    return isRefused ? execute(argsOf(plan, variables, context)) : result
  }

  function argsOf({ document, operation }: Plan, variables: Variables, context: Context) {
    const operationName = operation.name?.value ?? null
    return { schema, document, contextValue: context, variableValues: variables, operationName }
  }

  async function inTime(
    result: Promise<ExecutionResult>,
    { budget, session }: Context,
  ): Promise<ExecutionResult> {
    try {
      return await new Promise((resolve, reject) => {
        if (budget.reason !== null) return reject(budget.reason)
        budget.onEnd = reject
        const late = () =>
          budget.end(new LimitExceeded('timeout', `An operation takes ${seconds} seconds at most`))
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
      if (error === budget.reason && (await session.abandon()) && error instanceof Error)
        error.message += ' What was being stored at that moment may have been stored.'
      throw error
    }
  }
}

/** A null where an argument has a default is an error to graphql-js, which graphql-jit takes for no value. */
function hasNull(variables: Variables): boolean {
  for (const name in variables) if (variables[name] === null) return true
  return false
}
