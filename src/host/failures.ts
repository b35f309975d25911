import type { Logger } from 'pino'
import { refuse } from '../http/answer.ts'
import { addHeader } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { shortageOf } from '../http/shortage.ts'
import { Refusal, TooManyAttempts } from '../refusals.ts'

/** How an error that a handler did not catch is answered. */
export interface Failure {
  readonly status: number
  readonly code: string
  readonly message: string
  /** Seconds; null where trying again at once may help. */
  readonly retryAfter: number | null
}

/** The status of each refusal, as a client of a plain route would expect it. Any other is a 400. */
const statuses: Readonly<Record<string, number>> = {
  INVALID_CREDENTIALS: 401,
  REGISTRATION_CLOSED: 403,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  SESSION_INTERRUPTED: 409,
  USERNAME_TAKEN: 409,
  NO_SESSION: 409,
  SESSION_TOO_LARGE: 413,
  TOO_MANY_ATTEMPTS: 429,
  TOO_MANY_STREAMS: 429,
}

/** What `error` says to the client; null for a fault, of which the client sees an id alone. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof Refusal) {
    const { code, message } = error
    const retryAfter = error instanceof TooManyAttempts ? error.retryAfter : null
    return { status: statuses[code] ?? 400, code, message, retryAfter }
  }
  return shortageOf(error)
}

/**
 * The same error, for a framework to answer: with the `status`, `statusCode` and `headers` that Express, Koa and Fastify
 * look for. Those that the host has given it stay, and a fault gets none.
 */
export function forFramework(error: unknown): unknown {
  const failure = failureOf(error)
  if (failure === null || typeof error !== 'object' || error === null) return error
  const { status, retryAfter } = failure
  const headers = retryAfter === null ? {} : { 'Retry-After': String(retryAfter) }
  for (const [name, value] of Object.entries({ status, statusCode: status, headers, expose: true }))
    if (!(name in error)) Object.defineProperty(error, name, { value, configurable: true })
  return error
}

/** The answer in our own form. A fault goes to the log, whole, under the id that the client sees. */
export function answerFailure(exchange: Exchange, error: unknown, log: Logger): void {
  const failure = failureOf(error)
  if (failure === null) {
    const requestId = exchange.id
    log.error({ err: error, requestId }, 'unexpected error')
    const message = 'Unexpected error.'
    return refuse(exchange, 500, { code: 'INTERNAL_SERVER_ERROR', message, requestId })
  }
  const { status, retryAfter, code, message } = failure
  if (retryAfter !== null) addHeader(exchange, 'Retry-After', String(retryAfter))
  refuse(exchange, status, { code, message })
}
