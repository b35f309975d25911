import { startPrimary } from '../workers/primary.ts'
import type { Configured } from './configure.ts'
import type { Logged } from './serve-here.ts'
import { CommandError } from './terminal.ts'
import { untilStopped } from './until-stopped.ts'

/** How long a worker has for its drain, of ten seconds, and for letting go of its connections, in milliseconds. */
const patience = 20_000

/**
 * Has workers serve, as many as the settings say, and calls `welcome` once they do. Stops all of them in order when this
 * process is asked to stop. Throws a sentence where workers cannot be kept alive.
 */
export async function serveByWorkers(
  { config, environment, log }: Configured & Logged,
  welcome: (url: string) => void,
): Promise<void> {
  const primary = startPrimary({
    size: config.workers,
    environment,
    log,
    patience: config.http.shutdownDelay * 1000 + patience,
  })
  const stopped = untilStopped(primary.kill)
  void primary.serving.then(welcome)
  const reason = await Promise.race([stopped, primary.failed]).catch((error: Error) => error)
  if (reason instanceof Error) log.fatal({ err: reason }, 'the workers are stopped after a fault')
  else log.info({ signal: reason }, 'stopping')
  const wasInOrder = await primary.stop()
  log.info('stopped')
  if (reason instanceof Error) throw new CommandError(reason.message)
  if (!wasInOrder) process.exitCode = 1
}
