import { GraphQLError } from 'graphql'
import type { ExecutionResult } from 'graphql'
import { mapAsyncIterator } from 'graphql-yoga'
import type { Logger } from 'pino'
import { publicError } from './errors.ts'

/** The outcome of an operation: a result, or a stream of results. */
export type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>

/** Turns every error of an outcome into the form that its caller may see. */
export interface Masking {
  /** The same outcome, with its errors in that form. */
  mask(outcome: Outcome, requestId: string): Outcome
  /** The result for an error outside of every field. */
  failure(error: unknown, requestId: string): ExecutionResult
}

/** Where introspection is off, errors do not suggest names either. */
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

  /** Where graphql-js stops counting errors of variables, that error has no place. */
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

/** `message` without the suggestion at its end. Searches once, from the end: a message may quote a caller's whole body. */
function withoutSuggestion(message: string): string {
  const at = message.endsWith('?') ? message.lastIndexOf(' Did you mean ') : -1
  return at === -1 ? message : message.slice(0, at)
}
