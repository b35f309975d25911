import { openApp } from '../app.ts'
import type { App } from '../app.ts'
import { ensureStaff } from '../auth/users/first-staff.ts'
import { ConfigError } from '../config/config.ts'
import type { Config } from '../config/config.ts'
import { openLog } from './log.ts'
import { serve } from '../http/server.ts'
import type { RunningServer } from '../http/server.ts'
import { configure } from './configure.ts'
import { print } from './terminal.ts'
import { InvalidInput } from '../refusals.ts'

/**
 * `coatcheck serve`: runs until SIGTERM, SIGINT or SIGHUP, then finishes what is under way; so it does after a fault that
 * no code caught, and exits with 1, because its supervisor shall start it anew. A second signal or fault ends at once.
 */
export async function serveUntilSignal(): Promise<void> {
  const { config, warnings } = await configure()
  const log = await openLog({ production: config.production, level: config.logLevel })
  for (const warning of warnings) log.warn(warning)
  const app = await openApp(config, log)
  const server = await start(app, config).catch(async (error: unknown) => {
    await app.close()
    throw error
  })
  const stopped = untilStopped()
  log.info({ url: server.url, engine: config.sessionEngine }, 'serving')
  if (config.production && !config.cookie.secure)
    log.warn('SESSION_COOKIE_SECURE=false: every machine between can read the cookie.')
  if (config.graphiql) print(`\n  GraphiQL: ${server.url}/graphql\n`)

  const reason = await stopped
  if (reason instanceof Error) log.fatal({ err: reason }, 'a fault that no code caught')
  else log.info({ signal: reason }, 'stopping')
  await server.stop()
  log.info('stopped')
  if (reason instanceof Error) process.exit(1)
}

async function start(app: App, config: Config): Promise<RunningServer> {
  await welcome(app, config)
  // A store that is down now may be back soon: it is served around, as it is at any other time.
  await app.warm().catch((error: unknown) => app.log.warn({ err: error }, 'not warmed up'))
  return serve(app, config)
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

/** The first staff user. A password that was made up goes to the terminal, once, and never to the log. */
async function welcome(app: App, { admin, production, authenticationBackends }: Config) {
  const options = { ...admin, mayMakeUp: !production, backends: authenticationBackends }
  const { madeUp, warning } = await ensureStaff(app.db, app.users, options).catch(nameSettings)
  if (warning !== null) app.log.warn(warning)
  if (madeUp === null) return
  print(
    `\n  First staff user: ${admin.username}\n  Password:         ${madeUp}   (shown only this once)`,
  )
}

/** What is wrong with the first staff user is wrong with the settings. */
function nameSettings(error: unknown): never {
  if (!(error instanceof InvalidInput)) throw error
  throw new ConfigError(
    error.fields.map(({ path, message }) => `ADMIN_${path.join('_').toUpperCase()}: ${message}`),
  )
}
