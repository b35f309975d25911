import type { Logger } from 'pino'
import type { Configuration } from '../../app/configuration.ts'
import { openCoat } from '../../coat.ts'
import type { Team } from '../../workers/team.ts'

/** A configuration whose log is open. */
export interface Logged extends Configuration {
  readonly log: Logger
}

/**
 * Serves in this process, as one of a `team` where there are several. Calls `whenServing` with the address, whose promise
 * resolves to the reason to stop. The server then stops in order; where the reason is an error, the process exits with 1.
 */
export async function serveHere(
  configuration: Logged,
  whenServing: (url: string) => Promise<string | Error>,
  team?: Team,
): Promise<void> {
  const { log } = configuration
  const coat = await openCoat(configuration, team)
  const server = await coat.serve().catch(async (error: unknown) => {
    await coat.close()
    throw error
  })
  const reason = await whenServing(server.url)
  if (reason instanceof Error) log.fatal({ err: reason }, 'a fault that no code caught')
  else log.info({ signal: reason }, 'stopping')
  await coat.close()
  log.info('stopped')
  if (reason instanceof Error) process.exit(1)
}
