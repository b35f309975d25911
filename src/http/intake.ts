import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { createExchanges } from './exchange.ts'
import type { Exchange, ExchangeOptions, Hosted, OpenExchange } from './exchange.ts'
import { createRequestLog } from './request-log.ts'
import { createProxyHint } from './untrusted-proxy.ts'

/** Observers of requests to our server and to hosts. */
export interface Observed {
  readonly log: Logger
  /** Called for each finished request, with its milliseconds. */
  readonly onAnswered?: ((exchange: Exchange, milliseconds: number) => void) | undefined
}

/** What an intake needs to know. */
export interface IntakeOptions extends ExchangeOptions, Observed {
  /** The paths that are served: the log names only these, and no path that a caller invented. */
  readonly paths: readonly string[]
  /** Called for each finished request, before other observers. */
  readonly onOver: (exchange: Exchange) => void
}

/** The one way in for requests of our own server and of a host. */
export interface Intake {
  /** Opens the exchange of a request, without watching it. */
  readonly open: OpenExchange
  /** Opens it, and times, logs and counts the request when its answer ends. */
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
      // A host that gives the address has its own settings for proxies.
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
