import type { Logger } from 'pino'
import { failureOf } from '../failures.ts'
import type { Failure } from '../failures.ts'
import { refuse, refuseFault } from '../http/answer.ts'
import { addHeader } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'

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

/** The answer to an error that a handler did not catch, in our own form. A fault goes to the log, whole, under the id that the client sees. */
export function answerError(exchange: Exchange, error: unknown, log: Logger): void {
  const failure = failureOf(error)
  if (failure !== null) return answerFailure(exchange, failure)
  log.error({ err: error, requestId: exchange.id }, 'unexpected error')
  refuseFault(exchange)
}

/** Answers with what an error, or the end of the application, says to the client. */
export function answerFailure(exchange: Exchange, failure: Failure): void {
  const { status, retryAfter, code, message } = failure
  if (retryAfter !== null) addHeader(exchange, 'Retry-After', String(retryAfter))
  refuse(exchange, status, { code, message })
}
