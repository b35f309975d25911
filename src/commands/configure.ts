import { configurationOf } from '../app/configuration.ts'
import type { Configuration } from '../app/configuration.ts'
import type { Settings } from '../config/by-hand.ts'
import { readEnvironment, shareEnvironment } from '../config/environment.ts'
import type { Environment } from '../config/environment.ts'
import { findMistyped } from '../config/misnamed.ts'
import { readConfigFile } from './config-file.ts'

/** The configuration of this process, and what an operator should know of it. */
export interface Configured extends Configuration {
  /** Names that look like settings and are none. */
  readonly warnings: readonly string[]
  /** The `settings` of the config file, where it has some. */
  readonly written?: Settings
}

/**
 * What `environment` makes, over the `coatcheck.config` file, over the defaults; left out: the environment of this process,
 * over the `.env` file. Where another process has read the file's settings before, those of `already` stand in their place, and
 * only the code of the file is read. Where some of it cannot be used, the operator reads of every fault at once. Throws
 * `ConfigError`.
 */
export async function configure(
  environment: Environment = readEnvironment(),
  already?: { readonly written?: unknown },
): Promise<Configured> {
  const warnings = findMistyped(environment)
  const { settings, ...others } = (await readConfigFile(() => shareEnvironment(environment))) ?? {}
  const written = already ? (already.written as Settings | undefined) : settings
  const given = written && { settings: written }
  const configuration = await configurationOf({ ...others, ...given }, environment, warnings)
  return { ...configuration, warnings, ...(written && { written }) }
}
