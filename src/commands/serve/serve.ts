import { readEnvironment } from '../../config/environment.ts'
import { keepSecretKeyBeside } from '../../config/secret-key.ts'
import type { Configured } from '../configure.ts'
import { configure } from '../configure.ts'
import { openLog } from '../log.ts'
import { print } from '../terminal/terminal.ts'
import { untilStopped } from './until-stopped.ts'

/**
 * `coatcheck serve`: runs until SIGTERM, SIGINT or SIGHUP, and then finishes what is under way. So it does after a fault that
 * no code caught, and exits with 1, so that its supervisor starts it anew. A second signal or fault ends it at once. Where
 * WORKERS says more than one, they serve, and this process watches over them.
 */
export async function serveUntilSignal(): Promise<void> {
  const environment = readEnvironment()
  const configured = await configure(environment)
  const { config, warnings } = configured
  const { production, logLevel: level } = config
  const log = configured.log ?? (await openLog({ production, level }))
  for (const warning of warnings) log.warn(warning)
  if (config.workers > 1) {
    const { serveByWorkers } = await import('./serve-by-workers.ts')
    const welcome = (url: string) => tellWhere(url, { ...configured, log }, config.workers)
    // Here, so that a worker that starts a week later has the same.
    const secret = config.secretKey ?? keepSecretKeyBeside(config.databaseUrl)
    const origins = {
      environment: { ...environment, SECRET_KEY: secret },
      written: configured.written,
    }
    return serveByWorkers({ ...configured, origins, log }, welcome)
  }
  const { serveHere } = await import('./serve-here.ts')
  const welcome = (url: string) => tellWhere(url, { ...configured, log })
  await serveHere({ ...configured, log }, untilStopped(), welcome)
}

/** Says where the server is, once it serves, and what the operator should know. */
function tellWhere(url: string, { config, log }: Configured, workers?: number): void {
  log?.info({ url, engine: config.sessionEngine, workers }, 'serving')
  if (config.production && !config.cookie.secure)
    log?.warn('SESSION_COOKIE_SECURE=false: every machine between can read the cookie.')
  const staff = config.admin.pages ? `  Staff:    ${url}/admin\n` : ''
  if (config.graphiql) print(`\n  GraphiQL: ${url}/graphql\n${staff}`)
}
