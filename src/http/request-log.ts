import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { Trace } from './trace.ts'

/** What probes ask, every second or so: worth a line only to an operator who looks for it. */
const probes = ['/health', '/ready']
const paths = ['/', '/graphql', ...probes]

/**
 * Writes one line when the request is over, a stream's when the stream is: its id, what was run, the code and status of
 * the answer, and the milliseconds until then. Nothing else of what the caller sent is in it: a path, a query or a
 * variable may hold a secret.
 */
export function logAnswer(
  log: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  trace: Trace,
): void {
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const level = probes.includes(path) ? 'debug' : 'info'
  if (!log.isLevelEnabled(level)) return
  const begun = performance.now()
  response.once('close', () => {
    const status = response.headersSent ? response.statusCode : null
    log[level](
      {
        requestId: trace.id,
        method: request.method,
        path: paths.includes(path) ? path : null,
        operation: trace.operation,
        status,
        code: trace.code ?? (status !== null && status < 400 ? 'ok' : null),
        ms: Math.round((performance.now() - begun) * 10) / 10,
        ...(!response.writableFinished && { isCutOff: true }),
      },
      'request',
    )
  })
}
