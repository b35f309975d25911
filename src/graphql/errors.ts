import { PothosValidationError } from '@pothos/core'
import { ForbiddenError } from '@pothos/plugin-scope-auth'
import { GraphQLError, Kind } from 'graphql'
import type { Logger } from 'pino'
import { isOutage } from '../database/errors.ts'
import { shortageOf } from '../failures.ts'
import { fault } from '../fault.ts'
import { LimitExceeded } from './limits.ts'
import { Refusal } from '../refusals.ts'

/** The log for faults, and the request's id. */
export interface ErrorOptions {
  readonly log: Logger
  readonly requestId: string
}

/**
 * The form in which a caller sees an error that no union holds. An error that the caller can do something about has a code.
 * Any other is a fault: the log has it whole under the request id, and the caller sees only that id. A limit or a shortage,
 * which concerns the whole answer, stays in `originalError`, which callers do not see.
 */
export function publicError(error: unknown, { log, requestId }: ErrorOptions): GraphQLError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error
  if (error instanceof GraphQLError && cause instanceof GraphQLError) {
    const code = codeOf(cause) ?? (isOfTheRequest(error) ? 'BAD_USER_INPUT' : null)
    // Only the cause of a variable's error: its own message quotes the whole value, with any password in it.
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
 * The code that the caller sees; null where the error has none. Errors of graphql-js and Yoga about a document, its variables
 * or the request all have one code.
 */
function codeOf(error: GraphQLError): string | null {
  if (error instanceof ForbiddenError) return 'FORBIDDEN'
  const code = extensionsOf(error)['code'] ?? null
  if (code === null) return null
  return /^(GRAPHQL_|OPERATION_|BAD_REQUEST)/.test(String(code)) ? 'BAD_USER_INPUT' : String(code)
}

/**
 * Is an error without a code about the caller's input? graphql-js gives errors of variables and arguments a status, or the
 * place of the value. Any other error comes from a resolver, or from a result of the wrong type, and is a fault.
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

/** An error of graphql-jit may lack `extensions`, and has locations without nodes. */
function extensionsOf(error: GraphQLError): Readonly<Record<string, unknown>> {
  return (error as { extensions?: GraphQLError['extensions'] }).extensions ?? {}
}
