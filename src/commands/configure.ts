import { configurationOf } from '../app/configuration.ts'
import type { Configuration } from '../app/configuration.ts'
import { readEnvironment, shareEnvironment } from '../config/environment.ts'
import type { Environment } from '../config/environment.ts'
import { findMistyped } from '../config/misnamed.ts'
import { readConfigFile } from './config-file.ts'

/** The configuration of this process, and what an operator should know of it. */
export interface Configured extends Configuration {
  /** Names that look like settings and are none. */
  readonly warnings: readonly string[]
}

/**
 * What `environment` makes, over the `coatcheck.config` file, over the defaults; left out: the environment of this process,
 * over the `.env` file. Where some of it cannot be used, the operator reads of every fault at once. Throws `ConfigError`.
 */
export async function configure(environment: Environment = readEnvironment()): Promise<Configured> {
  const warnings = findMistyped(environment)
  const options = await readConfigFile(() => shareEnvironment(environment))
  return { ...(await configurationOf(options ?? {}, environment, warnings)), warnings }
}
