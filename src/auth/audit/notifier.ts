import type { Logger } from 'pino'
import { createDeadlines } from '../../waiting/deadlines.ts'
import type { StartDeadline } from '../../waiting/deadlines.ts'
import type { AuthEvent } from './auth-event.ts'
import type { Audit } from './audit.ts'
import { contextOf } from './listener.ts'
import type { AuthListener, ContextOptions, EventContext } from './listener.ts'

/** Tells the audit, and then the listeners, what has happened. */
export interface Notifier {
  /** Resolves when the audit has stored the event, or has failed to. Does not wait for the listeners. */
  notify(event: AuthEvent): Promise<void>
  /** Resolves when every listener has been told everything so far, or after ten seconds. */
  untilTold(): Promise<void>
}

/** What the notifier needs. */
export interface NotifierOptions extends ContextOptions {
  readonly audit: Pick<Audit, 'record'>
  readonly listeners: readonly AuthListener[]
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Logger
  /** Counts what has happened by type, stored or not. */
  readonly counts?: { event(type: AuthEvent['type']): void }
  /** How long a listener may take over one event, in milliseconds. Left out: ten seconds. For tests. */
  readonly longestHearing?: number
}

/** How many events may wait for one listener: a listener that hangs must not fill the memory. */
const mostWaiting = 1000

/** Each listener has a queue of its own, so that none waits for another. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { audit, now, log, counts, longestHearing = 10_000 } = options
  const startDeadline = createDeadlines(longestHearing)
  const lines = options.listeners.map((listener) => createLine(listener, { log, startDeadline }))

  return {
    async notify(event) {
      counts?.event(event.type)
      const at = new Date(now())
      const recorded = audit.record(event).catch((error: unknown) => {
        const { type, actorId, sessionId } = event
        log.error({ err: error, event: type, actorId, sessionId }, 'an event was not stored')
      })
      if (lines.length > 0) {
        const kept = keep(event)
        const context = contextOf(kept, at, options)
        for (const line of lines) line.add(kept, context, recorded)
      }
      await recorded
    },

    async untilTold() {
      if (lines.every((line) => line.isTold())) return
      await new Promise<void>((done) => {
        const clear = startDeadline(() => {
          log.error('not every auth listener got every event')
          done()
        })
        void Promise.all(lines.map((line) => line.end())).then(() => {
          clear()
          done()
        })
      })
    },
  }
}

/** Copies the client, whose address comes from a socket that may be gone when a listener asks. */
function keep(event: AuthEvent): AuthEvent {
  const { client } = event
  const { ipAddress, userAgent } = client ?? {}
  return client
    ? { ...event, client: { ipAddress: ipAddress ?? null, userAgent: userAgent ?? null } }
    : event
}

interface LineOptions {
  readonly log: Logger
  readonly startDeadline: StartDeadline
}

/** The queue of events for one listener. */
function createLine(listener: AuthListener, { log, startDeadline }: LineOptions) {
  const whose = { listener: listener.name }
  let waiting = 0
  let isFull = false
  let last: Promise<void> = Promise.resolve()

  return {
    /** Tells the listener after the earlier events, and once `recorded` is over. */
    add(event: AuthEvent, context: EventContext, recorded: Promise<void>): void {
      if (waiting >= mostWaiting) {
        if (!isFull) log.error(whose, 'an auth listener is too slow, and misses events')
        isFull = true
        return
      }
      waiting++
      last = last
        .then(() => recorded)
        .then(() => hear(event, context))
        .finally(() => {
          waiting--
          isFull &&= waiting > 0
        })
    },
    end: () => last,
    isTold: () => waiting === 0,
  }

  function hear(event: AuthEvent, context: EventContext): Promise<void> {
    const { type, actorId, sessionId } = event
    const about = { ...whose, event: type, actorId, sessionId }
    return new Promise((done) => {
      const clear = startDeadline(() => {
        log.error(about, 'an auth listener hangs: it gets the next event')
        done()
      })
      const hearing = async () => listener(event, context)
      hearing()
        .catch((error: unknown) => log.error({ ...about, err: error }, 'an auth listener failed'))
        .finally(() => {
          clear()
          done()
        })
    })
  }
}
