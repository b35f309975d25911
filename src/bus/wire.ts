import type { BusKind } from './bus.ts'

/** Gets what a line hears. */
export interface Ear {
  /** Called with every message, whatever it is. */
  hear(text: unknown): void
  /** Called where messages may have been lost, or no more will come. */
  lost(error: Error): void
}

/** A connection that carries messages. */
export interface Line {
  /** Sends `texts` to every process that listens. Rejects where one of them cannot be sent. */
  send(texts: readonly string[]): Promise<unknown>
  /** Sends them in a way that this line hears only if it hears what others send. Left out: as `send` does. */
  readonly prove?: (texts: readonly string[]) => Promise<unknown>
}

/** A way to other processes. */
export interface Wire {
  readonly kind: BusKind
  /** As a line of the log names it. */
  readonly name: string
  /** Does a line hear what it sends itself? Then heartbeats show whether it carries. */
  readonly echoes: boolean
  /** Is each process that can end a session reached? A way that reaches only some of them carries, and is not up. */
  readonly reachesAll: boolean
  /** Where it does not: measures how long a message takes to the others and back, in milliseconds. Never rejects. */
  readonly measure?: () => Promise<number>
  /**
   * Connects and, given an `ear`, listens, until `signal` aborts. Rejects with `WireForbidden` where this way will never
   * carry, and with anything else where it may carry later.
   */
  open(ear: Ear | null, signal: AbortSignal): Promise<Line>
}

/** This way will not carry until an operator changes something. The message is a sentence that says why. */
export class WireForbidden extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WireForbidden'
  }
}
