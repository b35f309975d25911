import { PothosValidationError } from '@pothos/core'
import { ForbiddenError } from '@pothos/plugin-scope-auth'
import { GraphQLError, Kind } from 'graphql'
import type { Logger } from 'pino'
import { isOutage } from '../database/errors.ts'
import { shortageOf } from '../failures.ts'
import { fault } from '../fault.ts'
import { LimitExceeded } from './limits.ts'
import { Refusal } from '../refusals.ts'

/** Where faults are written down, and under which request's id. */
export interface ErrorOptions {
  readonly log: Logger
  readonly requestId: string
}

/**
 * The form in which a caller sees an error that no union holds. It has a code where the caller can do something about it.
 * Anything else is a fault: the log has it whole under a request id, and the caller sees only that id. What may concern the
 * answer as a whole, a limit or a shortage, is the `originalError`, which no caller sees.
 */
export function publicError(error: unknown, { log, requestId }: ErrorOptions): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error
  if (error instanceof GraphQLError && cause instanceof GraphQLError) {
    const code = codeOf(cause) ?? (isOfTheRequest(error) ? 'BAD_USER_INPUT' : null)
    // Not what the error of a variable says around its cause: the whole value, with any password in it.
    if (code !== null) return refuse(error, cause.message, { ...cause.extensions, code })
  }
  if (cause instanceof LimitExceeded) {
    const { code, setting } = cause
    return refuse(
      error,
      cause.message,
      { code, ...(setting !== null && { limit: setting }) },
      cause,
    )
  }
  if (cause instanceof Refusal) return refuse(error, cause.message, { code: cause.code })
  const shortage = shortageOf(cause)
  if (shortage !== null) {
    if (isOutage(cause)) log.error({ err: cause }, 'database unavailable')
    return refuse(error, shortage.message, { code: shortage.code }, cause as Error)
  }
  log.error({ err: cause, requestId }, 'unexpected error')
  return refuse(error, fault.message, { code: fault.code, requestId })
}

/**
 * The code that the caller sees; null where the error has none. What graphql-js and Yoga find wrong with a document, its
 * variables or the request around them has one code for all.
 */
function codeOf(error: GraphQLError): string | null {
  if (error instanceof ForbiddenError) return 'FORBIDDEN'
  const code = extensionsOf(error)['code'] ?? null
  if (code === null) return null
  return /^(GRAPHQL_|OPERATION_|BAD_REQUEST)/.test(String(code)) ? 'BAD_USER_INPUT' : String(code)
}

/**
 * Does an error without a code complain of what the caller sent? graphql-js gives those of variables and arguments no
 * code, but a status, or the place of the value. Any other comes from a resolver, or from a result that is not of its
 * type, and is a fault.
 */
function isOfTheRequest(error: GraphQLError): boolean {
  if ((error.originalError ?? error) instanceof PothosValidationError) return true
  const { status = 500 } = (extensionsOf(error)['http'] ?? {}) as { status?: number }
  if (status < 500) return true
  const place = error.nodes?.[0]?.kind ?? Kind.FIELD
  return place !== Kind.FIELD && place !== Kind.OPERATION_DEFINITION
}

function refuse(
  error: unknown,
  message: string,
  extensions: Record<string, unknown>,
  originalError: Error | null = null,
): GraphQLError {
  const {
    nodes = null,
    source = null,
    positions = null,
    path = null,
  } = error instanceof GraphQLError ? error : {}
  const place = { nodes, source, positions, path }
  const refused = new GraphQLError(message, { ...place, originalError, extensions })
  const { locations } = error instanceof GraphQLError ? error : {}
  if (!refused.locations && locations)
    Object.defineProperty(refused, 'locations', { value: locations, enumerable: true })
  return refused
}

/** An error of graphql-jit has none where nothing was given, and places without nodes. */
function extensionsOf(error: GraphQLError): Readonly<Record<string, unknown>> {
  return (error as { extensions?: GraphQLError['extensions'] }).extensions ?? {}
}
