import type { BusKind } from './bus.ts'

/** Gets what a line hears. */
export interface Ear {
  /** Called with all that comes, messages of ours or not. */
  hear(text: unknown): void
  /** Called where the line may have lost messages, or will bring no more. */
  lost(error: Error): void
}

/** A connection that carries messages. */
export interface Line {
  /** Sends `texts` to every process that listens. Rejects where it cannot send one of them; others may have gone out then. */
  send(texts: readonly string[]): Promise<unknown>
  /** Sends `texts` so that this line hears them only if it hears what others send. Left out: `send` does so already. */
  readonly prove?: (texts: readonly string[]) => Promise<unknown>
  /**
   * Rejects where this line hears what it sends, and the others may not: its server follows another by now. Asked with every
   * heartbeat. Left out: a heartbeat shows all.
   */
  readonly check?: () => Promise<unknown>
}

/** A way to other processes. */
export interface Wire {
  readonly kind: BusKind
  /** How the log names it. */
  readonly name: string
  /** Does a line hear what it sends itself? Then heartbeats show whether it carries. */
  readonly echoes: boolean
  /** Does it reach each process that can end a session? A bus on a wire that reaches only some of them sends, and is not up. */
  readonly reachesAll: boolean
  /** For a wire that does not echo: measures how long a message takes to the others and back, in milliseconds. Never rejects. */
  readonly measure?: () => Promise<number>
  /** Asks the server behind it for something other than the bus. Rejects where that answers nothing. Left out: it is not asked. */
  readonly answers?: () => Promise<unknown>
  /**
   * Connects and, given an `ear`, listens, until `signal` aborts. Rejects with `WireForbidden` where this wire will not carry
   * until an operator changes something, and with another error where it may carry later.
   */
  open(ear: Ear | null, signal: AbortSignal): Promise<Line>
}

/** This wire will not carry until an operator changes something. The message is a sentence that says why. */
export class WireForbidden extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WireForbidden'
  }
}
