import type { SingleBar } from 'cli-progress'

/** Shows a person how far a long work has come. */
export interface Progress {
  update(done: number): void
  stop(): void
}

/** Shows nothing: for programs, and where there is nothing to do. */
const unseen: Progress = { update() {}, stop() {} }

/**
 * Begins to show, on standard error, how much of `expected` is done; where that is null, how much is done. Where standard error
 * is no terminal it shows nothing, and does not call `expected`. Ctrl-C then gives the cursor back and ends the process.
 */
export async function startProgress(expected: () => Promise<number | null>): Promise<Progress> {
  const total = process.stderr.isTTY ? await expected() : 0
  if (total === 0) return unseen
  const { default: progress } = await import('cli-progress')
  const bar: SingleBar = new progress.SingleBar(
    // cli-progress would catch signals by itself, and keep the process alive.
    {
      gracefulExit: false,
      stream: process.stderr,
      ...(total === null && { format: '{value} so far' }),
    },
    progress.Presets.shades_classic,
  )
  const interrupt = () => {
    bar.stop()
    process.exit(130)
  }
  process.once('SIGINT', interrupt)
  bar.start(total ?? 0, 0)
  return {
    update(done) {
      // An estimate that was too low must not show more than there is.
      if (total !== null && done > bar.getTotal()) bar.setTotal(done)
      bar.update(done)
    },
    stop() {
      process.off('SIGINT', interrupt)
      bar.stop()
    },
  }
}
