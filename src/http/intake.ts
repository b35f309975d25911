import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { createExchanges } from './exchange.ts'
import type { Exchange, ExchangeOptions, Hosted, OpenExchange } from './exchange.ts'
import { createRequestLog } from './request-log.ts'
import { createProxyHint } from './untrusted-proxy.ts'

/** Who is told of requests, wherever they come in. */
export interface Observed {
  readonly log: Logger
  /** Told of each request whose answer is over, and of its milliseconds. */
  readonly onAnswered?: ((exchange: Exchange, milliseconds: number) => void) | undefined
}

/** What an intake needs to know. */
export interface IntakeOptions extends ExchangeOptions, Observed {
  /** What is served: the log names these paths, and no other that a caller may have made up. */
  readonly paths: readonly string[]
  /** Told of each request whose answer is over, before all others. */
  readonly onOver: (exchange: Exchange) => void
}

/** The one way in for requests, those of our own server and those that a host hands over. */
export interface Intake {
  /** Opens the exchange of a request, and leaves it to the caller. */
  readonly open: OpenExchange
  /** Opens it, and times, logs and counts the request when its answer is over. */
  readonly take: OpenExchange
}

/** Opens an intake. */
export function createIntake(options: IntakeOptions): Intake {
  const { log, trustProxy, onAnswered, onOver } = options
  const open = createExchanges(options)
  const logAnswer = createRequestLog(log, options.paths)
  const hintAtProxy = createProxyHint(trustProxy !== 0, (message) => log.warn(message))

  return {
    open,

    take(request: IncomingMessage, response: ServerResponse, hosted?: Hosted) {
      const begun = performance.now()
      const exchange = open(request, response, hosted)
      // A host that knows the address trusts its proxies by settings of its own.
      if (hosted === undefined || hosted.address === null) hintAtProxy(request)
      response.once('close', () => {
        onOver(exchange)
        const milliseconds = performance.now() - begun
        logAnswer(exchange, milliseconds)
        onAnswered?.(exchange, milliseconds)
      })
      return exchange
    },
  }
}
