import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { refuse } from '../http/answer.ts'
import type { TrustedProxies } from '../http/client.ts'
import { addHeader, createExchanges } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { createHostCheck } from '../http/host.ts'
import { logAnswer } from '../http/request-log.ts'
import { createProxyHint } from '../http/untrusted-proxy.ts'
import { createDeadlines } from '../waiting/deadlines.ts'
import type { Facts } from './facts.ts'

/** The way in for requests that a host application hands over. */
export interface Door {
  /** false once it is closed. */
  readonly isOpen: boolean
  /** Opens the exchange of a request for a route of the host's own. */
  open(request: IncomingMessage, response: ServerResponse, facts: Facts): Exchange
  /** A request for a route of the host's own is under way until it calls what it gets; null: the application is closed. */
  enter(): (() => void) | null
  /** Opens the exchange of a request for us; null where it is answered already: the application is closed, or it is malformed. */
  take(request: IncomingMessage, response: ServerResponse, facts: Facts): Exchange | null
  /** Answers 503 from now on, and resolves when what is under way is answered, or after `patience` ms. */
  close(patience: number): Promise<void>
}

/** What a door needs to know. */
export interface DoorOptions {
  readonly trustProxy: TrustedProxies
  readonly hstsSeconds: number
  /** Seconds. */
  readonly http: { readonly requestTimeout: number }
  readonly log: Logger
  /** Told of each request whose answer is over, and of its milliseconds. */
  readonly onAnswered?: ((exchange: Exchange, milliseconds: number) => void) | undefined
}

/**
 * Opens the door. What belongs to the connection stays the host's: time-outs of headers, how many connections there are,
 * and the log of requests. Ours has a line for each at the level debug.
 */
export function createDoor(options: DoorOptions): Door {
  const { log, trustProxy, http, onAnswered } = options
  const openExchange = createExchanges(options)
  const namesOneHost = createHostCheck()
  const hintAtProxy = createProxyHint(trustProxy !== 0, (message) => log.warn(message))
  const startDeadline = createDeadlines(http.requestTimeout * 1000)
  let underWay = 0
  let isClosed = false
  let whenQuiet = () => {}

  return {
    get isOpen() {
      return !isClosed
    },

    open,
    enter: () => (isClosed ? null : enter()),

    take(request, response, facts) {
      if (response.closed) return null // the client left
      const exchange = open(request, response, facts)
      if (facts.address === null) hintAtProxy(request)
      watch(exchange)
      if (isClosed) return answerClosed(exchange)
      if (namesOneHost(request)) return exchange
      refuse(exchange, 400, { message: 'A request names one host.' })
      return null
    },

    close(patience) {
      isClosed = true
      if (underWay === 0) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, patience)
        whenQuiet = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
  }

  function open(request: IncomingMessage, response: ServerResponse, facts: Facts): Exchange {
    return openExchange(request, response, { ...facts, startDeadline })
  }

  function enter(): () => void {
    underWay++
    return () => {
      if (--underWay === 0) whenQuiet()
    }
  }

  function watch(exchange: Exchange): void {
    const begun = performance.now()
    const leave = enter()
    exchange.response.once('close', () => {
      leave()
      const milliseconds = performance.now() - begun
      logAnswer(log, exchange, milliseconds)
      onAnswered?.(exchange, milliseconds)
    })
  }
}

/** What a client reads of an application that is closed. */
export const stopping = {
  status: 503,
  code: 'SERVER_BUSY',
  message: 'The server is stopping.',
  /** Seconds: by then another process may have taken its place. */
  retryAfter: 1,
} as const

/** Answers a request that comes too late. */
export function answerClosed(exchange: Exchange): null {
  addHeader(exchange, 'Retry-After', String(stopping.retryAfter))
  refuse(exchange, stopping.status, stopping)
  return null
}
