import { createApp } from '../app.ts'
import type { App } from '../app.ts'
import { readConfig, readEnvironment } from '../config.ts'
import type { Config } from '../config.ts'
import { createLog } from '../log.ts'

/** Opens the application that the environment describes, lets `work` use it, and closes it whatever happens. */
export async function withApp<Result>(
  work: (app: App, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(readEnvironment())
  const app = await createApp(config, createLog({ production: config.production, level: 'warn' }))
  try {
    return await work(app, config)
  } finally {
    await app.close()
  }
}
