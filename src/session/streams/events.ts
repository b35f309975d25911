import { scatteredPause } from '../../waiting/doubling-pause.ts'
import { createGate } from '../../waiting/gate.ts'
import { openStream } from './event-stream.ts'
import type { EventStream, Look, Sight } from './event-stream.ts'
import type { SessionId } from '../key.ts'
import { createManyCalls } from './many-calls.ts'
import type { Callable, OverAmong } from './many-calls.ts'
import { TooManyStreams } from '../../refusals.ts'

/**
 * Calls the streams of this process when something may have happened to their sessions. A call carries no news: the stream
 * looks for itself, as a request does. So a needless call costs one look, and a lost call a wait for the next re-check.
 */
export interface SessionEvents {
  /** How many streams are open. */
  readonly size: number
  /** The sessions of these streams. */
  ids(): SessionId[]
  /** Calls the streams of one session. */
  publish(id: SessionId): void
  /**
   * Calls the streams of many sessions, a few at a time. One question to the roster is about all of them: where it says that
   * a session is over, its streams end without a look of their own.
   */
  publishMany(ids: readonly SessionId[]): void
  /**
   * Calls all streams, spread over a second: for a caller that does not know which sessions changed. Where it is called again
   * meanwhile, it calls all of them once more after that.
   */
  recheck(): void
  /**
   * Opens a stream of what `look` finds, at once and at every call. Calls that come while the reader is busy count as one:
   * the reader gets the newest state, not every state. Throws `TooManyStreams` where the session or the process has as many as it
   * may. `close` calls `cut`, which must break the connection off, so that the reader comes back: a stream that ends in order
   * tells its reader that nothing more will come. Left out: the stream ends in order.
   */
  subscribe<Event>(id: SessionId, look: Look<Event>, cut?: () => void): EventStream<Event>
  /** Cuts every stream, and each later one as it begins. */
  close(): void
}

/** How the streams of a process are kept. */
export interface SessionEventsOptions {
  /** SESSION_RECHECK_INTERVAL: how long a stream goes without a look, in seconds. */
  readonly recheckInterval: number
  /** The most streams of one process: each holds a connection, and asks the store once an interval. */
  readonly most: number
  /**
   * Which of these sessions are over, by the roster, and why. A stream may take this answer for its own look: an end is
   * final, and each request reads the same row. Left out: each stream looks for itself.
   */
  readonly overAmong?: OverAmong
  /** Called as a stream opens, before its first look. */
  readonly whenOpened?: () => void
  /**
   * Runs each look, outside of the trace of the request that opened the stream: that operation is over. Left out: as anything
   * else is run.
   */
  readonly untraced?: <Result>(work: () => Result) => Result
  /** Called with the failure of a look, once until a look succeeds again. The stream goes on, and looks again soon. */
  readonly warn: (message: string, error: unknown) => void
}

/** The most streams of one session: tabs, as a rule. */
const mostOfOne = 10

/** How many streams look at once: a call to all of them must not hold up requests. */
const lookingAtOnce = 16

/** In how many steps `recheck` calls all streams, and the milliseconds between two steps. */
const steps = { most: 50, pause: 20 }

/** How soon a stream looks again after a failure, in milliseconds: after the first, and after many. */
const pauses = { first: 1_000, longest: 4_000 }

/** A stream of any events, as this file calls it and cuts it. */
interface Stream extends Callable {
  cut(): void
}

const noneOver: OverAmong = async () => new Map()

const failed = 'A stream could not look at its session.'

/** The streams of one process. Their timers do not keep it alive. */
export function createSessionEvents(options: SessionEventsOptions): SessionEvents {
  const { recheckInterval, most, warn, overAmong = noneOver, whenOpened } = options
  const { untraced = (work) => work() } = options
  const inTurn = createGate(lookingAtOnce)
  const streams = new Map<SessionId, Set<Stream>>()
  let size = 0
  let isClosed = false
  /** The streams that `recheck` has still to call; null while it is not at work. */
  let uncalled: Stream[] | null = null
  let isCalledAgain = false
  const publishMany = createManyCalls({
    streamsOf: (id) => streams.get(id),
    overAmong: (ids) => inTurn(() => overAmong(ids)),
    warn: (error) => warn(failed, error),
  })

  return {
    publishMany,

    get size() {
      return size
    },

    ids: () => [...streams.keys()],

    publish(id) {
      for (const stream of streams.get(id) ?? []) stream.call()
    },

    recheck() {
      if (uncalled) isCalledAgain = true
      else callAll()
    },

    subscribe(id, look, cut) {
      if ((streams.get(id)?.size ?? 0) >= mostOfOne || size >= most) throw new TooManyStreams()
      const opened = openStream(watch(look), recheckInterval * 1000, () => remove(id, stream))
      const stream = { ...opened, cut: cut ?? opened.end }
      add(id, stream)
      whenOpened?.()
      if (isClosed) stream.cut()
      return stream
    },

    close() {
      isClosed = true
      for (const stream of all()) stream.cut()
    },
  }

  function watch<Event>(look: Look<Event>): Look<Event> {
    let failures = 0
    return async (why): Promise<Sight<Event>> => {
      try {
        const sight = await (why === null ? inTurn(() => untraced(() => look(null))) : look(why))
        failures = 0
        return sight
      } catch (error) {
        if (failures === 0) warn(failed, error)
        return { event: null, endsIn: scatteredPause(pauses, failures++) }
      }
    }
  }

  /** Calls all streams, some in each step: a thousand at once would put a thousand questions ahead of every request. */
  function callAll(): void {
    isCalledAgain = false
    uncalled = all()
    callSome(Math.max(lookingAtOnce, Math.ceil(uncalled.length / steps.most)))
  }

  function callSome(count: number): void {
    for (const stream of uncalled?.splice(-count) ?? []) stream.call()
    if (uncalled?.length) setTimeout(callSome, steps.pause, count).unref()
    else {
      uncalled = null
      if (isCalledAgain) setTimeout(callAll, steps.pause).unref()
    }
  }

  function all(): Stream[] {
    return [...streams.values()].flatMap((set) => [...set])
  }

  function add(id: SessionId, stream: Stream): void {
    const set = streams.get(id) ?? new Set()
    streams.set(id, set.add(stream))
    size++
  }

  function remove(id: SessionId, stream: Stream): void {
    const set = streams.get(id)
    if (!set?.delete(stream)) return
    size--
    if (set.size === 0) streams.delete(id)
  }
}
