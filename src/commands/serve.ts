import { createApp } from '../app.ts'
import { ensureStaff } from '../auth/first-staff.ts'
import { readConfig, readEnvironment } from '../config.ts'
import type { Config } from '../config.ts'
import type { App } from '../app.ts'
import { createLog } from '../log.ts'
import { serve } from '../server.ts'
import { print } from './terminal.ts'

/** `coatcheck serve`: runs until SIGTERM or SIGINT, then finishes what is under way. A second signal ends at once. */
export async function serveUntilSignal(): Promise<void> {
  const config = readConfig(readEnvironment())
  const log = createLog({ production: config.production, level: config.logLevel })
  const app = await createApp(config, log)
  await welcome(app, config)
  const server = await serve(app, config).catch(async (error: unknown) => {
    await app.close()
    throw error
  })
  log.info({ url: server.url, engine: config.sessionEngine }, 'serving')
  if (config.graphiql) print(`\n  GraphiQL: ${server.url}/graphql\n`)

  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        process.once(name, () => process.exit(1))
        resolve(name)
      })
    }
  })
  log.info({ signal }, 'stopping')
  await server.stop()
  log.info('stopped')
}

/** The first staff user. A password that was made up goes to the terminal, once, and never to the log. */
async function welcome(app: App, { admin, production }: Config): Promise<void> {
  if (production && admin.password === null) return
  const madeUp = await ensureStaff(app.db, app.passwords, admin)
  if (madeUp === null) return
  print(
    `\n  First staff user: ${admin.username}\n  Password:         ${madeUp}   (shown only this once)`,
  )
}
