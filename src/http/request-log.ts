import type { Logger } from 'pino'
import { answerMessage } from './answer-line.ts'
import type { AnswerLine } from './answer-line.ts'
import type { Exchange } from './exchange.ts'

/** The paths of probes, which come every second or so: their lines have the level debug. */
const probes = ['/health', '/ready']

/**
 * Makes the function that logs a finished request, or stream: its id, what ran, the code and status of the answer, and its
 * milliseconds. It logs nothing else of the caller's: a path, a query or a variable may hold a secret. It names only `paths`
 * and those of probes.
 */
export function createRequestLog(
  log: Logger,
  paths: readonly string[],
): (exchange: Exchange, milliseconds: number) => void {
  const named = new Set([...paths, ...probes])

  return (exchange, milliseconds) => {
    const { id, path, purpose, code, request, response, hosted } = exchange
    const level = hosted !== null || probes.includes(path) ? 'debug' : 'info'
    if (!log.isLevelEnabled(level)) return
    const status = response.headersSent ? response.statusCode : null
    const line: AnswerLine = {
      requestId: id,
      method: request.method,
      path: named.has(path) ? path : null,
      operation: purpose && purpose.name,
      status,
      code: code ?? (status !== null && status < 400 ? 'ok' : null),
      ms: Math.round(milliseconds * 10) / 10,
    }
    log[level](response.writableFinished ? line : { ...line, isCutOff: true }, answerMessage)
  }
}
