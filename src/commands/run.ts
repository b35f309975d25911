import { openApp } from '../app.ts'
import type { App } from '../app.ts'
import { openLog } from './log.ts'
import { configure } from './configure.ts'
import type { Configured } from './configure.ts'

/** Opens the application that is configured here, lets `work` use it, and closes it whatever happens. */
export async function withApp<Result>(
  work: (app: App, configured: Configured) => Promise<Result>,
): Promise<Result> {
  const configured = await configure()
  const { config, extensions } = configured
  // Not the log of the config file: what a command prints may be read by a program.
  const log = await openLog({ production: config.production, level: 'warn' })
  const app = await openApp(config, log, { ...extensions, serves: false })
  try {
    return await work(app, configured)
  } finally {
    await app.close()
  }
}
