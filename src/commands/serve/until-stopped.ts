/** Why a process shall stop: a signal that asks for it, or a fault that makes it wise. */
export type StopReason = NodeJS.Signals | Error

/** Resolves with the signal that asks to stop, or the fault that makes it wise to. A second one calls `atOnce`, and exits with 1. */
export function untilStopped(atOnce: () => void = () => {}): Promise<StopReason> {
  return new Promise((resolve) => {
    const stop = (reason: StopReason) => {
      for (const event of ['SIGTERM', 'SIGINT', 'uncaughtException'] as const) {
        process.removeAllListeners(event)
        process.on(event, () => {
          atOnce()
          process.exit(1)
        })
      }
      resolve(reason)
    }
    process.once('SIGTERM', stop)
    process.once('SIGINT', stop)
    // A terminal that closes ends what was started in it, and sends this once or twice: only the first one counts.
    process.on('SIGHUP', stop)
    // A rejection without a handler arrives here too.
    process.once('uncaughtException', stop)
  })
}
