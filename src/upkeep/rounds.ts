/** Work that is done again and again. */
export interface Rounds {
  /** Begins, after a while that differs from process to process. Calling it again does nothing. */
  start(): void
  /** Begins no further round. Waits for the one that is under way, and aborts its signal so that it ends soon. Never rejects. */
  stop(): Promise<void>
}

/** Pauses, in milliseconds. */
export interface Pace {
  /** Before the first round. */
  readonly start: number
  /** After a round that found something to do, or failed. */
  readonly busy: number
  /** The longest pause: it doubles with each round that found nothing to do. */
  readonly idle: number
  /** After a round that was another process's. */
  readonly look: number
}

/** Does one round. Gives how many things it found to do; null where another process has the turn. It ends soon once `over` aborts. */
export type Round = (over: AbortSignal) => Promise<number | null>

/**
 * Does `round` at this pace, and never two at a time. Pauses differ by a quarter either way, so that processes which start
 * together drift apart. They keep no process alive. Calls `onFault` for the first of several rounds in a row that fail, and
 * `onMended` for the next one that does not.
 */
export function createRounds(
  round: Round,
  pace: Pace,
  { onFault, onMended }: { onFault: (error: unknown) => void; onMended: () => void },
): Rounds {
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> | null = null
  const stopping = new AbortController()
  let hasFailed = false
  let pause = pace.busy

  return {
    start() {
      if (timer === null) schedule(pace.start)
    },
    async stop() {
      stopping.abort()
      if (timer !== null) clearTimeout(timer)
      await running
    },
  }

  function schedule(milliseconds: number): void {
    if (stopping.signal.aborted) return
    const jitter = 0.75 + Math.random() / 2
    timer = setTimeout(() => (running = go().then(schedule)), milliseconds * jitter).unref()
  }

  /** Does a round, and gives how long to wait for the next one. Never rejects. */
  async function go(): Promise<number> {
    try {
      const done = await round(stopping.signal)
      if (hasFailed) onMended()
      hasFailed = false
      if (done === null) return pace.look
      pause = done > 0 ? pace.busy : Math.min(2 * pause, pace.idle)
      return pause
    } catch (error) {
      if (!hasFailed) onFault(error)
      hasFailed = true
      return pace.busy
    }
  }
}
