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
 * The configuration that `environment` makes, over the `coatcheck.config` file, over the defaults. Left out, `environment` is
 * that of this process over the `.env` file. A worker is handed `already`, the settings that its server has read from the file:
 * they stand in place of what the file says by now. Throws `ConfigError`, which names every fault at once.
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
