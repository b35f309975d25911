import { inTime } from '../waiting/in-time.ts'
import type { Bus } from './bus.ts'
import { createOutbox } from './outbox.ts'
import type { Outbox } from './outbox.ts'

/** The half of a bus that sends. */
export interface Outgoing extends Pick<Bus, 'publish' | 'publishAll'> {
  /** Sends what waits, or joins the call that is sending it. Never rejects. */
  send(): Promise<void>
  /** Sends what waits. Resolves when that is done, or after `lastWait`. Never rejects. */
  finish(): Promise<void>
}

/** How a bus sends. */
export interface OutgoingOptions {
  /** The name of this process. */
  readonly from: string
  /** Empties the outbox as far as it can, and of what comes in meanwhile. Must not reject. */
  readonly sendAll: (outbox: Outbox) => Promise<void>
  /** How long `finish` waits, in milliseconds. */
  readonly lastWait: number
}

/** Collects what the process publishes, and sends it by one call at a time. */
export function createOutgoing({ from, sendAll, lastWait }: OutgoingOptions): Outgoing {
  const outbox = createOutbox(from)
  let sending: Promise<void> | null = null
  return {
    publish(ids) {
      outbox.add(ids)
      void send()
    },
    publishAll() {
      outbox.addAll()
      void send()
    },
    send,
    async finish() {
      await inTime(send(), lastWait)
    },
  }

  function send(): Promise<void> {
    return (sending ??= sendAll(outbox).finally(() => (sending = null)))
  }
}
