import { openApp } from '../app.ts'
import type { App } from '../app.ts'
import type { Config } from '../config/config.ts'
import { openLog } from './log.ts'
import { configure } from './configure.ts'

/** Opens the application that the environment describes, lets `work` use it, and closes it whatever happens. */
export async function withApp<Result>(
  work: (app: App, config: Config) => Promise<Result>,
): Promise<Result> {
  const { config } = await configure()
  const app = await openApp(
    config,
    await openLog({ production: config.production, level: 'warn' }),
    { serves: false },
  )
  try {
    return await work(app, config)
  } finally {
    await app.close()
  }
}
