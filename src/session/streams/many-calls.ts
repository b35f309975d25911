import { pause } from '../../waiting/pause.ts'
import type { SessionId } from '../key.ts'

/** How the streams of many sessions are found and called. */
export interface ManyCallsOptions {
  /** The streams of a session on this process; undefined where there are none. */
  readonly streamsOf: (id: SessionId) => Iterable<Callable> | undefined
  /** See `SessionEventsOptions`. */
  readonly overAmong: OverAmong
  /** Told of a question that failed. */
  readonly warn: (error: unknown) => void
}

/** A stream that can be called. */
export interface Callable {
  /** Has the stream look. `why` is the reason of an end that the roster has told already; then the look needs no question. */
  call(why?: string | null): void
}

/**
 * Says which of these sessions are over, and why, as far as the roster has it. A session that is missing from the answer may be
 * over too.
 */
export type OverAmong = (ids: readonly SessionId[]) => Promise<ReadonlyMap<SessionId, string>>

/** The most sessions that one question is about. */
export const mostAsked = 50

/** Up to so many sessions, each stream looks for itself: a change is more likely than an end. */
const few = 2

/** The longest pause between two turns, and how long the pauses for a few streams are together, in milliseconds. */
const pauses = { longest: 12, together: 150 }

/** The most turns of the event loop, of some milliseconds each, that calling all streams takes, however many there are. */
const mostTurns = 500

/**
 * Calls the streams of many sessions, as few in each turn of the event loop as `mostTurns` allows, so that requests have the
 * rest of the turn. One question finds out for many sessions whether they are over. Sessions that come while a question is
 * under way share the next one.
 */
export function createManyCalls({ streamsOf, overAmong, warn }: ManyCallsOptions) {
  const waiting = new Set<SessionId>()
  let isCalling = false

  return (ids: readonly SessionId[]): void => {
    for (const id of ids) if (streamsOf(id)) waiting.add(id)
    if (waiting.size > 0 && !isCalling) void callAll()
  }

  async function callAll(): Promise<void> {
    isCalling = true
    await new Promise(setImmediate) // the other calls of a batch come in the same turn of the event loop
    while (waiting.size > 0) {
      const ids = [...waiting].slice(0, mostAsked)
      // Before the question: a later change of a session is a new call.
      for (const id of ids) waiting.delete(id)
      await callSome(ids, ids.length > few ? await ask(ids) : noneOver)
    }
    isCalling = false
  }

  async function ask(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, string>> {
    try {
      return await overAmong(ids)
    } catch (error) {
      warn(error)
      return noneOver // each stream looks for itself
    }
  }

  async function callSome(
    ids: readonly SessionId[],
    over: ReadonlyMap<SessionId, string>,
  ): Promise<void> {
    const count = ids.length + waiting.size
    const between = Math.min(pauses.longest, Math.max(1, pauses.together / count))
    const inTurn = Math.ceil(count / mostTurns)
    let called = 0
    for (const id of ids)
      for (const stream of streamsOf(id) ?? []) {
        stream.call(over.get(id) ?? null)
        if (++called % inTurn > 0) continue
        await pause(between, { ref: false })
        await new Promise(setImmediate) // on a busy machine several pauses are over in one turn
      }
  }
}

const noneOver: ReadonlyMap<SessionId, string> = new Map()
