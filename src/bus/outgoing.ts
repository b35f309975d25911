import { inTime } from '../waiting/in-time.ts'
import type { Bus } from './bus.ts'
import { createOutbox } from './outbox.ts'
import type { Outbox } from './outbox.ts'

/** The half of a bus that sends. */
export interface Outgoing extends Pick<Bus, 'publish' | 'publishAll'> {
  /** Sends what waits, unless that is under way. Never rejects. */
  send(): Promise<void>
  /** Sends it for the last time, and waits for that, but not for long. */
  finish(): Promise<void>
}

/** How a bus sends. */
export interface OutgoingOptions {
  /** The name of this process. */
  readonly from: string
  /** Empties the outbox as far as it can, also of what comes to wait meanwhile. Must not reject. */
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
