import { GraphQLError } from 'graphql'
import type { ExecutionResult } from 'graphql'
import { mapAsyncIterator } from 'graphql-yoga'
import type { Logger } from 'pino'
import { publicError } from './errors.ts'

/** What an operation comes to: a result, or a stream of them. */
export type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>

/** Turns every error of an outcome into what its caller may see of it. */
export interface Masking {
  /** The same outcome, whose errors are for the caller. */
  mask(outcome: Outcome, requestId: string): Outcome
  /** What failed outside of every field, as the whole result. */
  failure(error: unknown, requestId: string): ExecutionResult
}

/** Where introspection is off, no error says what names there are either. */
export function createMasking({
  introspection,
  log,
}: {
  readonly introspection: boolean
  readonly log: Logger
}): Masking {
  return { mask, failure }

  function mask(outcome: Outcome, requestId: string): Outcome {
    if (isStream(outcome)) {
      return mapAsyncIterator(
        outcome as AsyncIterableIterator<ExecutionResult>,
        (result) => maskResult(result, requestId),
        (error: unknown) => failure(error, requestId),
      )
    }
    return maskResult(outcome, requestId)
  }

  function failure(error: unknown, requestId: string): ExecutionResult {
    const all = error instanceof AggregateError ? (error.errors as unknown[]) : [error]
    return { errors: all.map((one) => maskOne(one, requestId)) }
  }

  function maskResult(result: ExecutionResult, requestId: string): ExecutionResult {
    if (result.errors === undefined) return result
    if (!('data' in result))
      return { errors: result.errors.map((error) => beforeAll(error, requestId)) }
    return { ...result, errors: result.errors.map((error) => maskOne(error, requestId)) }
  }

  function maskOne(error: unknown, requestId: string): GraphQLError {
    const masked = publicError(error, { log, requestId })
    if (!introspection) masked.message = withoutSuggestion(masked.message)
    return masked
  }

  /** graphql-js names no place where it gives up counting what is wrong with the variables. */
  function beforeAll(error: GraphQLError, requestId: string): GraphQLError {
    const isPlaced = error.nodes !== undefined || error.path !== undefined
    if (!isPlaced && !error.originalError) error.extensions['code'] ??= 'BAD_USER_INPUT'
    return maskOne(error, requestId)
  }
}

/** Is it a stream of results? */
export function isStream(outcome: Outcome): outcome is AsyncIterable<ExecutionResult> {
  return Symbol.asyncIterator in outcome
}

/**
 * `message` without the suggestion at its end. It is searched from there, once: a message quotes what the caller wrote, which
 * may be as long as a body.
 */
function withoutSuggestion(message: string): string {
  const at = message.endsWith('?') ? message.lastIndexOf(' Did you mean ') : -1
  return at === -1 ? message : message.slice(0, at)
}
