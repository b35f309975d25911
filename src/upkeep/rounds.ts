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

/** Looks during a pause whether the next round must come sooner. */
export interface Peek {
  /** How often it looks, in milliseconds. */
  readonly every: number
  /** Must the next round begin now? Where this rejects, the pause goes on. */
  readonly isDue: () => Promise<boolean>
}

/** What `createRounds` tells its caller, and asks it. */
export interface RoundsOptions {
  /** Called for the first of several rounds in a row that fail. */
  readonly onFault: (error: unknown) => void
  /** Called for the next one that does not. */
  readonly onMended: () => void
  /** Left out: each pause is as long as the pace says. */
  readonly peek?: Peek
}

/** Does one round. Gives how many things it found to do; null where another process has the turn. It ends soon once `over` aborts. */
export type Round = (over: AbortSignal) => Promise<number | null>

/**
 * Does `round` at this pace, and never two at a time. Pauses differ by a quarter either way, so that processes which start
 * together drift apart. They keep no process alive.
 */
export function createRounds(
  round: Round,
  pace: Pace,
  { onFault, onMended, peek }: RoundsOptions,
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
    wait(milliseconds * jitter)
  }

  function wait(milliseconds: number): void {
    if (stopping.signal.aborted) return
    const part = Math.min(milliseconds, peek?.every ?? Infinity)
    timer = setTimeout(() => (running = after(milliseconds - part)), part).unref()
  }

  /** Does the round where the pause is over but for `left` milliseconds of it, or where it is due. Never rejects. */
  async function after(left: number): Promise<void> {
    if (left > 0 && !(await peek?.isDue().catch(() => false))) wait(left)
    else schedule(await go())
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
