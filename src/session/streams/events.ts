import { scatteredPause } from '../../waiting/doubling-pause.ts'
import { createGate } from '../../waiting/gate.ts'
import { openStream } from './event-stream.ts'
import type { EventStream, Look, Sight } from './event-stream.ts'
import type { SessionId } from '../key.ts'
import { createManyCalls } from './many-calls.ts'
import type { OverAmong } from './many-calls.ts'
import { TooManyStreams } from '../../refusals.ts'

/**
 * Calls the streams of this process when something may have happened to their sessions. A call carries no news: the
 * stream looks for itself, where a request looks, so that a call too many costs one look, and a lost one a re-check.
 */
export interface SessionEvents {
  /** How many streams are open. */
  readonly size: number
  /** The sessions that they are of. */
  ids(): SessionId[]
  /** Calls the streams of one session. */
  publish(id: SessionId): void
  /**
   * Calls the streams of many sessions, a few at a time. They share a question to the roster: where it has written down that
   * a session is over, its streams end without a look of their own.
   */
  publishMany(ids: readonly SessionId[]): void
  /**
   * Calls all streams, one after the other within a second: for a caller that cannot tell which sessions it is about. Where it
   * comes again meanwhile, all are called once more after that.
   */
  recheck(): void
  /**
   * What `look` finds, at once and at every call; it is given the reason where the roster's word that the session is over was
   * read already. Calls that come while the reader is busy are one call: it gets the
   * newest state, not every state. Keeps its place until its end, or `return`. Throws `TooManyStreams`. `cut` is called
   * where the server stops: it must break the connection off, so that the reader comes back. A stream that is ended in
   * order has told its reader that nothing more will ever come.
   */
  subscribe<Event>(id: SessionId, look: Look<Event>, cut?: () => void): EventStream<Event>
  /** Cuts every stream, and each later one as it begins. */
  close(): void
}

/** How the streams of a process are kept. */
export interface SessionEventsOptions {
  /** SESSION_RECHECK_INTERVAL: how long a stream goes without a look, in seconds. */
  readonly recheckInterval: number
  /** Streams of one process: each holds a connection, and asks the store once an interval. */
  readonly most: number
  /**
   * Which of these sessions are over by the roster's word, and why. Left out: each stream looks for itself. What ended stays
   * so, and each request asks the same row; that is why a stream may take the answer for its own look.
   */
  readonly overAmong?: OverAmong
  /** Called as a stream opens, before its first look. */
  readonly whenOpened?: () => void
  /** Called with the first look of a stream that failed, until one succeeds again. The stream goes on, and looks again soon. */
  readonly warn: (message: string, error: unknown) => void
}

/** Streams of one session: tabs, as a rule. */
const mostOfOne = 10

/** How many look at once: a call to all of them must not hold up requests. */
const lookingAtOnce = 16

/** In how many steps all streams are called, and how long it is from one to the next, in milliseconds. */
const steps = { most: 50, pause: 20 }

/** How soon a stream looks again that could not, in milliseconds: after the first failure, and after many. */
const pauses = { first: 1_000, longest: 4_000 }

interface Stream {
  /** It looks, or takes `why` as the reason of an end that was read already. */
  call(why?: string | null): void
  end(): void
  /** How it ends when the server stops. */
  cut(): void
}

const noneOver: OverAmong = async () => new Map()

const failed = 'A stream could not look at its session.'

/** The streams of one process. No timer of theirs keeps it alive. */
export function createSessionEvents(options: SessionEventsOptions): SessionEvents {
  const { recheckInterval, most, warn, overAmong = noneOver, whenOpened } = options
  const inTurn = createGate(lookingAtOnce)
  const streams = new Map<SessionId, Set<Stream>>()
  let size = 0
  let isClosed = false
  /** Streams that are still to be called, of those that `recheck` found; null where there is no such call under way. */
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
        const sight = await (why === null ? inTurn(() => look(null)) : look(why))
        failures = 0
        return sight
      } catch (error) {
        if (failures === 0) warn(failed, error)
        return { event: null, endsIn: scatteredPause(pauses, failures++) }
      }
    }
  }

  /** Not all at once: a thousand streams would be a thousand questions to the database ahead of every request. */
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
