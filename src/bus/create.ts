import type { SessionId } from '../session/key.ts'
import { pause } from '../waiting/pause.ts'
import type { Bus, BusKind, BusState } from './bus.ts'
import { createBreaks } from './breaks.ts'
import { createHeart } from './heart.ts'
import { keepLink } from './link.ts'
import type { OpenLine } from './link.ts'
import { createSenderName, readMessage } from './message.ts'
import type { Outbox } from './outbox.ts'
import { createOutgoing } from './outgoing.ts'
import type { Wire } from './wire.ts'

/** What a bus works with. */
export interface BusOptions {
  /** The wires to other processes, the preferred one first. */
  readonly wires: readonly Wire[]
  /** Get what other processes tell. The bus also calls `recheck` where it may have missed a message. */
  readonly streams: { publishMany(ids: readonly SessionId[]): void; recheck(): void }
  /** SESSION_RECHECK_INTERVAL, in seconds. */
  readonly recheckInterval: number
  /** Do streams watch the SQLite file too? */
  readonly watchesFile: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: { warn(details: object, message: string): void }
  /** How often a heartbeat is sent, in milliseconds: ten seconds by default. */
  readonly beatEvery?: number
  /** How often the bus tries a wire again that seemed forbidden, in milliseconds: each minute by default. */
  readonly retryEvery?: number
}

/** How long ids gather after a message, in milliseconds. It bounds how many messages a process sends. */
const gathering = 10

/** How long `close` waits for what is still to be sent, in milliseconds. */
const lastWait = 1_000

/** A bus over the first of `wires` that carries. It connects in the background, and keeps no process alive. */
export function createBus(options: BusOptions): Bus {
  const { streams, now, log, beatEvery = 10_000 } = options
  const from = createSenderName()
  const heart = createHeart(from)
  const byThemselves = options.watchesFile
    ? 'streams see in the SQLite file what other processes end'
    : `streams see what other processes end within ${options.recheckInterval} s`
  const outgoing = createOutgoing({ from, sendAll, lastWait })
  let line: Pick<OpenLine, 'send' | 'fail'> | null = null
  let isUp = false
  let kind: BusKind = options.wires[0]?.kind ?? 'process'
  let since = now()
  let lag: number | null = null
  let unansweredSince: number | null = null
  let dropped = 0
  let toldDown: number | null = null
  const hasBroken = createBreaks((times, seconds, err) => {
    const often = `The bus has broken ${times} times within ${seconds} s`
    log.warn({ bus: kind, err }, `${often}: each time streams look for what they have missed`)
  })
  const link = keepLink({
    wires: options.wires,
    heart,
    beatEvery,
    ...(options.retryEvery !== undefined && { retryEvery: options.retryEvery }),
    hear,
    onBeat: () => (unansweredSince = performance.now()),
    onLag(milliseconds) {
      lag = milliseconds
      unansweredSince = null
    },

    onUp(opened, wire) {
      unansweredSince = null
      line = opened
      kind = wire.kind
      turn(wire.reachesAll)
      if (isUp && toldDown !== null) {
        const seconds = Math.round((performance.now() - toldDown) / 1000)
        log.warn({ bus: kind, seconds }, `The bus is back after ${seconds} s`)
      }
      if (isUp) toldDown = null
      streams.recheck()
      void outgoing.send()
    },

    onDown(error, wire) {
      unansweredSince = null
      if (line !== null) {
        turn(false)
        hasBroken(error)
      } else if (toldDown === null) {
        toldDown = performance.now()
        const details = { bus: wire.kind, err: error }
        log.warn(details, `The bus is down: until it is back, ${byThemselves}`)
      }
      line = null
    },

    onForbidden(error, wire, next) {
      kind = next?.kind ?? 'process'
      toldDown = next?.reachesAll ? null : performance.now()
      const instead =
        next === null
          ? byThemselves
          : next.reachesAll
            ? `${next.name} carries it instead`
            : `${next.name} carries it between the workers of this server only, and ${byThemselves}`
      log.warn({ bus: wire.kind, err: error }, `${wire.name} cannot carry the bus: ${instead}`)
    },
  })

  return {
    get kind() {
      return kind
    },
    get state(): BusState {
      return { isUp, since, lag: lagNow(), dropped }
    },
    publish: outgoing.publish,
    publishAll: outgoing.publishAll,
    async close() {
      await outgoing.finish()
      line = null
      link.close()
    },
  }

  /** The newest measure, or how long the one that is under way has taken where that is longer. Null while the bus is not up. */
  function lagNow(): number | null {
    if (!isUp) return null
    return unansweredSince === null ? lag : Math.max(lag ?? 0, performance.now() - unansweredSince)
  }

  function turn(isNowUp: boolean): void {
    if (isUp !== isNowUp) since = now()
    isUp = isNowUp
  }

  function hear(text: unknown): void {
    const message = readMessage(text)
    if (message === null) dropped++
    else if (message.kind === 'beat') {
      if (message.from === from) heart.hear(message.beat)
    } else if (message.from !== from) {
      if (message.kind === 'all') streams.recheck()
      else streams.publishMany(message.ids)
    }
  }

  /** Where there is no line, the outbox keeps what waits. */
  async function sendAll(outbox: Outbox): Promise<void> {
    await Promise.resolve() // a caller publishes the other ids of a batch before it awaits anything
    while (line !== null && !outbox.isEmpty) {
      const { send, fail } = line
      try {
        await outbox.empty(send)
      } catch (error) {
        // The outbox has its messages again. `fail` is this line's: another may be in its place by now, and stays.
        fail(error as Error)
      }
      await pause(gathering, { ref: false })
    }
  }
}
