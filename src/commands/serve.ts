import { openCoat } from '../coat.ts'
import { configure } from './configure.ts'
import { openLog } from './log.ts'
import { print } from './terminal.ts'

/**
 * `coatcheck serve`: runs until SIGTERM, SIGINT or SIGHUP, then finishes what is under way; so it does after a fault that
 * no code caught, and exits with 1, because its supervisor shall start it anew. A second signal or fault ends at once.
 */
export async function serveUntilSignal(): Promise<void> {
  const { warnings, ...configured } = await configure()
  const { config } = configured
  const { production, logLevel: level } = config
  const log = configured.log ?? (await openLog({ production, level }))
  for (const warning of warnings) log.warn(warning)
  const coat = await openCoat({ ...configured, log })
  const server = await coat.serve().catch(async (error: unknown) => {
    await coat.close()
    throw error
  })
  const stopped = untilStopped()
  log.info({ url: server.url, engine: config.sessionEngine }, 'serving')
  if (config.production && !config.cookie.secure)
    log.warn('SESSION_COOKIE_SECURE=false: every machine between can read the cookie.')
  const staff = config.admin.pages ? `  Staff:    ${server.url}/admin\n` : ''
  if (config.graphiql) print(`\n  GraphiQL: ${server.url}/graphql\n${staff}`)

  const reason = await stopped
  if (reason instanceof Error) log.fatal({ err: reason }, 'a fault that no code caught')
  else log.info({ signal: reason }, 'stopping')
  await coat.close()
  log.info('stopped')
  if (reason instanceof Error) process.exit(1)
}

/** The signal that asks to stop, or the fault that makes it wise to. From then on another one ends the process. */
function untilStopped(): Promise<NodeJS.Signals | Error> {
  return new Promise((resolve) => {
    const stop = (reason: NodeJS.Signals | Error) => {
      for (const event of ['SIGTERM', 'SIGINT', 'uncaughtException'] as const) {
        process.removeAllListeners(event)
        process.on(event, () => process.exit(1))
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
