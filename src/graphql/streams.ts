import type { SessionEvents } from '../session/streams/events.ts'
import { watchEnd } from '../session/watch-end.ts'
import type { Context } from './context.ts'

/** The streams of this process. */
export type Streams = Pick<SessionEvents, 'subscribe'>

/**
 * The events of `source`, until the request's session is over: a visitor who is signed out must hear nothing more. Calls
 * `open` once it is clear that the visitor may have one more stream. Without a session there is no such end. Throws
 * `TooManyStreams`.
 */
export async function untilSessionEnds(
  open: () => unknown,
  context: Context,
  streams: Streams,
): Promise<AsyncIterableIterator<unknown>> {
  const { session, now } = context
  const reader = context.reader()
  const watched = await watchEnd(session, { streams, now, cut: reader.cutOff })
  if (watched !== null) reader.onceGone(() => void watched.return())
  try {
    const source = (await open()) as AsyncIterable<unknown>
    return watched === null
      ? (source[Symbol.asyncIterator]() as AsyncIterableIterator<unknown>)
      : until(source, watched, context)
  } catch (error) {
    await watched?.return()
    throw error
  }
}

const done = { value: undefined, done: true } as const

function until(
  source: AsyncIterable<unknown>,
  watched: AsyncIterableIterator<never>,
  { budget }: Context,
): AsyncIterableIterator<unknown> {
  const events = source[Symbol.asyncIterator]()
  let isOver = false
  let wake = () => {}
  const end = () => {
    if (isOver) return
    isOver = true
    wake()
    void watched.return?.()
    // Does not wait for `return`, which may wait for an event that never comes. Its failure belongs to no answer.
    events.return?.()?.catch(() => undefined)
  }
  watched.next().then(end, end)

  return {
    // No `Promise.race` with the end, whose promise would keep every event until then.
    next: () =>
      new Promise((resolve, reject) => {
        if (isOver) return resolve(done)
        wake = () => resolve(done)
        budget.refill()
        events.next().then(
          (result) => {
            if (result.done) end()
            resolve(isOver ? done : result)
          },
          (error: unknown) => {
            reject(error) // before the end, which would answer this call itself
            end()
          },
        )
      }),
    async return() {
      end()
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
