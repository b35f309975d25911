/** How a pause ends, other than by its time. */
export interface PauseOptions {
  /** Does the process stay alive for it? True where left out. */
  readonly ref?: boolean
  /** Ends it early once it aborts. */
  readonly signal?: AbortSignal
}

/**
 * Waits for so many milliseconds, and never rejects. It uses the timer of the global object, and not that of
 * `node:timers/promises`, so that a test which plays every order of two requests can let time pass as it likes.
 */
export function pause(
  milliseconds: number,
  { ref = true, signal }: PauseOptions = {},
): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((done) => {
    const timer = setTimeout(end, milliseconds)
    if (!ref) timer.unref()
    signal?.addEventListener('abort', end)

    function end(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      done()
    }
  })
}
