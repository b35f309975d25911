import type { SingleBar } from 'cli-progress'

/** Shows a person how far a long work has come. */
export interface Progress {
  update(done: number): void
  stop(): void
}

/** The progress of nothing that can be seen: for programs, and where there is nothing to do. */
const unseen: Progress = { update() {}, stop() {} }

/**
 * Begins to show, on a terminal's standard error, how much of `expected` is done. `expected` is asked only where it is
 * shown. Ctrl-C then gives the cursor back and ends the process.
 */
export async function startProgress(expected: () => Promise<number>): Promise<Progress> {
  const total = process.stderr.isTTY ? await expected() : 0
  if (total === 0) return unseen
  const { default: progress } = await import('cli-progress')
  const bar: SingleBar = new progress.SingleBar(
    // Its own way to end gracefully would keep the process alive.
    { gracefulExit: false, stream: process.stderr },
    progress.Presets.shades_classic,
  )
  const interrupt = () => {
    bar.stop()
    process.exit(130)
  }
  process.once('SIGINT', interrupt)
  bar.start(total, 0)
  return {
    update: (done) => bar.update(done),
    stop() {
      process.off('SIGINT', interrupt)
      bar.stop()
    },
  }
}
