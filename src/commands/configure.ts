import { checkBackends } from '../auth/logins/backends.ts'
import { ConfigError, examine, readEnvironment } from '../config/config.ts'
import type { Config } from '../config/config.ts'
import { findMistyped } from '../config/mistyped.ts'
import { faultsOf } from '../config/opening.ts'
import { checkEngine } from '../session/engines.ts'

/** What the environment makes, and what an operator should know of it. */
export interface Configuration {
  readonly config: Config
  /** Names that look like settings and are none. */
  readonly warnings: readonly string[]
}

/**
 * The settings of this process. Where some cannot be used, the modules that the others name are tried as well, so that
 * the operator reads of every fault at once. Throws `ConfigError`.
 */
export async function configure(): Promise<Configuration> {
  const environment = readEnvironment()
  const { readable, faults, config } = examine(environment)
  const warnings = findMistyped(environment)
  if (config !== null) return { config, warnings }
  const { sessionEngine: engine, authenticationBackends: backends } = readable
  const modules = faultsOf(
    await Promise.allSettled([
      engine === undefined ? null : checkEngine(engine),
      backends === undefined ? null : checkBackends(backends),
    ]),
  )
  const messages = modules.map((fault) => (fault as Error).message)
  throw new ConfigError([...faults, ...messages, ...warnings])
}
