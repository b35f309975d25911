/** What a stream found when it looked at its session. */
export interface Sight<Event> {
  /** The event for the reader; null where nothing is new. */
  readonly event: Event | null
  /** In how many milliseconds the session ends without activity; null: it is over, and so is the stream. */
  readonly endsIn: number | null
}

/** Looks at a session. `why` is the reason of its end where a question to the roster has just found that; null otherwise. */
export type Look<Event> = (why: string | null) => Promise<Sight<Event>>

/** Events, until the session or the reader ends the stream. `return` works at once. */
export interface EventStream<Event> extends AsyncIterableIterator<Event, undefined> {
  return(): Promise<IteratorReturnResult<undefined>>
}

/** A stream, for code that calls it and ends it. */
export interface OpenStream<Event> extends EventStream<Event> {
  /** Has the stream look, because something may have happened. `why` is for its look. */
  call(why?: string | null): void
  /** Ends the stream. Does nothing where it is over. */
  end(): void
}

/**
 * Opens a stream of what `look` finds: at once, at every call, and every `interval` milliseconds. The first interval has a
 * random length, so that streams which begin together, as after a deployment, look at different times. `next` rejects where
 * `look` does. The stream calls `whenEnded` once.
 *
 * It is no generator, because `return` of a generator that waits works only after the wait: the stream of a reader who has left
 * would stay open until then.
 */
export function openStream<Event>(
  look: Look<Event>,
  interval: number,
  whenEnded: () => void,
): OpenStream<Event> {
  let isCalled = true
  let known: string | null = null
  let isOver = false
  let due = performance.now() + interval * Math.random()
  let endsAt = Infinity
  let wake = () => {}
  let turn: Promise<unknown> = Promise.resolve()

  return {
    call,
    end,
    next() {
      const result = turn.then(step)
      turn = result
      return result
    },
    async return() {
      end()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }

  function call(why: string | null = null): void {
    isCalled = true
    known ??= why
    wake()
  }

  function end(): void {
    if (isOver) return
    isOver = true
    wake()
    whenEnded()
  }

  async function step(): Promise<IteratorResult<Event, undefined>> {
    while (!isOver) {
      await untilCalled()
      if (isOver) break
      isCalled = false
      const { event, endsIn } = await look(known)
      if (isOver) break
      if (endsIn === null) end()
      else endsAt = performance.now() + Math.max(endsIn, 1)
      if (event !== null) return { value: event, done: false }
    }
    return { value: undefined, done: true }
  }

  /** Waits until the stream is called, the interval has passed, the session must have expired, or the stream is over. */
  function untilCalled(): Promise<void> {
    if (isCalled || isOver) return Promise.resolve()
    return new Promise((resolve) => {
      const at = performance.now()
      while (due <= at + 1) due += interval // a timer may be early by as much
      const timer = setTimeout(call, Math.min(due, endsAt) - at).unref()
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
