import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuse } from '../http/answer.ts'
import { stopping } from '../failures.ts'
import type { Exchange, ExchangeOptions } from '../http/exchange.ts'
import { createHostCheck } from '../http/host.ts'
import { createIntake } from '../http/intake.ts'
import type { Observed } from '../http/intake.ts'
import { createDeadlines } from '../waiting/deadlines.ts'
import type { Facts } from './facts.ts'
import { answerFailure } from './failures.ts'

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
export interface DoorOptions extends ExchangeOptions, Observed {
  /** Seconds. */
  readonly http: { readonly requestTimeout: number }
}

/**
 * Opens the door. What belongs to the connection stays the host's: time-outs of headers, how many connections there are,
 * and the log of requests. Ours has a line for each at the level debug, which names `paths` alone.
 */
export function createDoor(options: DoorOptions, paths: readonly string[]): Door {
  const intake = createIntake({ ...options, paths, onOver: leave })
  const namesOneHost = createHostCheck()
  const startDeadline = createDeadlines(options.http.requestTimeout * 1000)
  let underWay = 0
  let isClosed = false
  let whenQuiet = () => {}

  return {
    get isOpen() {
      return !isClosed
    },

    open: (request, response, facts) => intake.open(request, response, { ...facts, startDeadline }),

    enter() {
      if (isClosed) return null
      underWay++
      return leave
    },

    take(request, response, facts) {
      if (response.closed) return null // the client left
      const exchange = intake.take(request, response, { ...facts, startDeadline })
      underWay++
      if (isClosed) answerFailure(exchange, stopping)
      else if (namesOneHost(request)) return exchange
      else refuse(exchange, 400, { message: 'A request names one host.' })
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

  function leave(): void {
    if (--underWay === 0) whenQuiet()
  }
}
