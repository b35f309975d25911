import { joinTeam } from '../../workers/membership.ts'
import type { Membership } from '../../workers/membership.ts'
import { configure } from '../configure.ts'
import { openLog } from '../log.ts'
import { serveHere } from './serve-here.ts'
import { CommandError } from '../terminal/terminal.ts'

/**
 * `coatcheck worker`: what `serve` starts as many times as WORKERS says. It stops when the primary says so or is gone.
 * SIGTERM to this process alone, or a fault that no code caught, has the primary start another in its place.
 */
export async function serveAsWorker(): Promise<void> {
  // A terminal sends these to every process that was started in it: the primary then says what is to be done.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
  const membership = await joinTeam()
  if (membership === null)
    throw new CommandError('Only "coatcheck serve" with WORKERS set starts a worker.')
  const stopped = untilWorkerStops(membership)
  try {
    const configured = await configure(membership.origins.environment, membership.origins)
    const { production, logLevel: level } = configured.config
    const log = configured.log ?? (await openLog({ production, level }))
    await serveHere({ ...configured, log }, stopped, membership.serving, membership.team)
  } finally {
    if (process.connected) process.disconnect() // which alone keeps this process alive
  }
}

/** Why this worker stops: what the primary says, SIGTERM, or a fault. A second signal or fault ends it at once. */
function untilWorkerStops({ stopped, leave }: Membership): Promise<string | Error> {
  return new Promise((resolve) => {
    const leaveFor = (reason: 'SIGTERM' | Error) => {
      for (const event of ['SIGTERM', 'uncaughtException'] as const) {
        process.removeAllListeners(event)
        process.on(event, () => process.exit(1))
      }
      leave(reason instanceof Error)
      resolve(reason)
    }
    process.once('SIGTERM', () => leaveFor('SIGTERM'))
    process.once('uncaughtException', leaveFor)
    void stopped.then(resolve)
  })
}
