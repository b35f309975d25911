import type { Logger } from 'pino'
import type { Configuration } from '../../app/configuration.ts'
import { openCoat } from '../../coat.ts'
import type { Coat } from '../../coat.ts'
import { inTime } from '../../waiting/in-time.ts'
import type { Team } from '../../workers/team.ts'

/** A configuration whose log is open. */
export interface Logged extends Configuration {
  readonly log: Logger
}

/** How long a start that is to stop may still take, in milliseconds: a database that stands still is not waited for. */
const patience = 1000

/**
 * Serves in this process, as one of a `team` where there are several, and calls `whenServing` with the address. Once `stopped`
 * gives its reason, the server stops in order; where that is an error, the process exits with 1. A start that is under way then
 * and does not come to its end is abandoned: what it has opened ends with the process.
 */
export async function serveHere(
  configuration: Logged,
  stopped: Promise<string | Error>,
  whenServing: (url: string) => void,
  team?: Team,
): Promise<void> {
  const { log } = configuration
  const starting = start(configuration, team)
  const serving = await Promise.race([starting, stopped.then(() => null)])
  if (serving) whenServing(serving.url)
  const reason = await stopped
  if (reason instanceof Error) log.fatal({ err: reason }, 'a fault that no code caught')
  else log.info({ signal: reason }, 'stopping')
  const started = serving ?? (await inTime(starting, patience).catch(() => undefined))
  await started?.coat.close()
  log.info(started ? 'stopped' : 'stopped before it served')
  if (reason instanceof Error) process.exit(1)
  if (!started) process.exit(0)
}

/** Rejects where it cannot serve, and leaves nothing open then. */
async function start(
  configuration: Logged,
  team?: Team,
): Promise<{ readonly coat: Coat; readonly url: string }> {
  const coat = await openCoat(configuration, team)
  try {
    return { coat, url: (await coat.serve()).url }
  } catch (error) {
    await coat.close()
    throw error
  }
}
