import { createDeadlines, silence } from '../waiting/deadlines.ts'
import { scatteredPause } from '../waiting/doubling-pause.ts'
import { pause } from '../waiting/pause.ts'
import { Unheard } from './heart.ts'
import type { Heart } from './heart.ts'
import { createLeaving, Preferred } from './leaving.ts'
import { beat, carries, openingTime, openLine } from './opening.ts'
import type { Line, Wire } from './wire.ts'
import { WireForbidden } from './wire.ts'

/** After so many lines in a row that did not hear what they sent, their wire counts as forbidden. */
const mostUnheard = 2

/** The shortest and the longest pause before the link opens a lost line again, in milliseconds. */
const pauses = { first: 50, longest: 2_000 }

/**
 * How often the link tries a wire again that it has left, in milliseconds: its server may only have been slow, and processes on
 * different wires do not hear each other. So long a wire may fail, too, before it is left.
 */
const secondThought = 60_000

/** How long a line must have carried for the next pause to be short again, in milliseconds. */
const steady = 10_000

/** What it takes to keep a line open. */
export interface LinkOptions {
  /** In the order in which the link tries them: a later one where those before it are forbidden. */
  readonly wires: readonly Wire[]
  readonly heart: Heart
  /** How often a heartbeat is sent, in milliseconds. */
  readonly beatEvery: number
  /** `secondThought` where this is left out. */
  readonly retryEvery?: number
  /** Gets what the line brings, heartbeats among it. */
  readonly hear: (text: unknown) => void
  /** Called when a line carries. It has not heard what others sent before. */
  readonly onUp: (line: OpenLine, wire: Wire) => void
  /** Called when no line carries any more, or yet. `error` says why. */
  readonly onDown: (error: Error, wire: Wire) => void
  /** Called once for a wire that is forbidden, and each time that another is left. The link tries `next`; null after the last. */
  readonly onForbidden: (error: WireForbidden, wire: Wire, next: Wire | null) => void
  /** Called when a heartbeat is sent, save the first of a line. */
  readonly onBeat: () => void
  /** Called with how long each heartbeat took. */
  readonly onLag: (milliseconds: number) => void
}

/** A line that carries. */
export interface OpenLine extends Line {
  /** Says that this line has failed: the link lets go of it, and opens another. Does nothing once another is in its place. */
  fail(error: Error): void
}

/** A line that is kept open. */
export interface Link {
  /** Lets go of the line, and opens no other. */
  close(): void
}

/**
 * Keeps one line open, on the first wire that is not forbidden. It opens a lost line again, however often, and leaves its wire
 * where that has failed for long and another carries. It goes back to a wire that it has left once that carries.
 */
export function keepLink(options: LinkOptions): Link {
  const { wires, heart, beatEvery, retryEvery = secondThought } = options
  const startOpening = createDeadlines(openingTime)
  let isClosed = false
  let lose: (error: Error) => void = () => {}
  const told = new Set<Wire>()
  const test = (wire: Wire) => carries(wire, options, startOpening)
  const leaving = createLeaving({ wires, carries: test, after: retryEvery })
  void keep()

  return {
    close() {
      isClosed = true
      lose(new Error('The bus is closed.'))
    },
  }

  async function keep(): Promise<void> {
    let at = 0
    let failures = 0
    let unheard = 0
    // A line that has carried once is not forbidden: where it falls silent later, its server is slow or changes.
    let isProven = false
    const turnTo = (place: number) => {
      at = place
      failures = unheard = 0
      isProven = false
      leaving.begin()
    }
    while (!isClosed) {
      const wire = wires[at]
      if (wire === undefined) {
        await pause(retryEvery, { ref: false })
        at = 0
        continue
      }
      const { error, carried } = await hold(wire, wires.slice(0, at), isProven)
      if (isClosed) return
      if (error instanceof Preferred) {
        // There is no line until the other wire has opened one, which may take it long.
        options.onDown(error, wire)
        turnTo(wires.indexOf(error.wire))
        continue
      }
      if (carried !== null) leaving.begin()
      isProven ||= carried !== null
      unheard = !isProven && error instanceof Unheard ? unheard + 1 : 0
      if (error instanceof WireForbidden || unheard >= mostUnheard) {
        const why = error instanceof WireForbidden ? error : new WireForbidden(whyUnheard)
        const next = wires[at + 1] ?? null
        if (!told.has(wire)) options.onForbidden(why, wire, next)
        told.add(wire)
        turnTo(at + 1)
        continue
      }
      if (unheard === 0) options.onDown(error, wire)
      const other = await leaving.next(wire)
      if (isClosed) return
      if (other !== null) {
        options.onForbidden(new WireForbidden(whyLeft(error), { cause: error }), wire, other)
        turnTo(wires.indexOf(other))
        continue
      }
      if (carried !== null && carried >= steady) failures = 0
      await pause(scatteredPause(pauses, failures++), { ref: false })
    }
  }

  /**
   * Opens a line, and holds it until it is lost, or until one of the wires that are `better` carries. Resolves with the reason,
   * and with how long the line has carried, in milliseconds: null where it never did.
   */
  async function hold(
    wire: Wire,
    better: readonly Wire[],
    isProven: boolean,
  ): Promise<{ error: Error; carried: number | null }> {
    const letGo = new AbortController()
    let since: number | null = null
    const error = await new Promise<Error>((lost) => {
      lose = lost
      const clear = startOpening(() => lost(silence(openingTime)))
      openLine(wire, options, letGo.signal, lost, isProven)
        .then(({ line, lag }) => {
          clear()
          if (lag !== null) options.onLag(lag)
          if (letGo.signal.aborted) return
          since = performance.now()
          options.onUp({ ...line, fail: lost }, wire)
          if (better.length > 0) void prefer(better, letGo.signal, lost)
          const measure = wire.echoes ? () => beat(line, heart, true) : wire.measure
          if (measure) return keepMeasuring(measure, letGo.signal)
        })
        .catch((failure: Error) => {
          clear()
          lost(failure)
        })
    })
    letGo.abort()
    return { error, carried: since && performance.now() - since }
  }

  /** Tries the wires that are `better` from time to time, and lets go of the line in use once one of them carries. */
  async function prefer(
    better: readonly Wire[],
    signal: AbortSignal,
    lost: (error: Error) => void,
  ): Promise<void> {
    for (;;) {
      await pause(retryEvery, { ref: false })
      if (signal.aborted) return
      for (const wire of better) if (await test(wire)) return lost(new Preferred(wire))
    }
  }

  /** Rejects where a measure does: the line is lost then. */
  async function keepMeasuring(measure: () => Promise<number>, signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(beatEvery, { ref: false })
      if (signal.aborted) return
      options.onBeat()
      const lag = await measure()
      if (signal.aborted) return
      options.onLag(lag)
    }
  }
}

const whyUnheard =
  'What other processes send does not arrive: a pooler in between lends out connections for one transaction only.'

const whyLeft = ({ message }: Error) => `It fails again and again: ${message}`
