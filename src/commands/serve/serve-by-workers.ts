import type { Origins } from '../../workers/messages.ts'
import { startPrimary, WorkersUnusable } from '../../workers/primary.ts'
import type { Logged } from './serve-here.ts'
import { untilStopped } from './until-stopped.ts'

/** How long a worker has for its drain, of ten seconds, and for letting go of its connections, in milliseconds. */
const patience = 20_000

/** How often a worker says that it is there, in milliseconds. It is killed when it has said nothing for half a minute. */
const beatEvery = 5_000

/**
 * Has workers serve, as many as the settings say, and calls `welcome` once they do. Stops all of them in order when this
 * process is asked to stop. Where workers cannot be kept alive, it exits with what the last of them exited with.
 */
export async function serveByWorkers(
  { config, origins, log }: Logged & { readonly origins: Origins },
  welcome: (url: string) => void,
): Promise<void> {
  // Before the first worker, which may migrate the database: where the address is taken, nothing has changed.
  const scrapers =
    config.metricsPort === null
      ? null
      : await (await import('./serve-metrics.ts')).serveMetrics(config.metricsPort, config, log)
  const primary = startPrimary({
    size: config.workers,
    origins,
    log,
    patience: config.http.shutdownDelay * 1000 + patience,
    beatEvery,
  })
  scrapers?.of(primary)
  const stopped = untilStopped(primary.kill)
  void primary.serving.then(welcome)
  const reason = await Promise.race([stopped, primary.failed]).catch((error: Error) => error)
  if (reason instanceof Error) log.fatal({ err: reason }, 'the workers are stopped after a fault')
  else log.info({ signal: reason }, 'stopping')
  const wasInOrder = await primary.stop()
  // Last, so that an operator sees the drain.
  await scrapers?.close()
  log.info('stopped')
  if (reason instanceof WorkersUnusable) process.stderr.write(`${reason.message}\n`)
  if (reason instanceof Error) process.exit(reason instanceof WorkersUnusable ? reason.code : 1)
  if (!wasInOrder) process.exitCode = 1
}
