import type { Logger } from 'pino'
import { checkBackends } from '../auth/logins/backends.ts'
import type { BackendChoice } from '../auth/logins/backends.ts'
import { examineSettings } from '../config/by-hand.ts'
import { ConfigError } from '../config/config.ts'
import type { Config } from '../config/config.ts'
import { isGiven } from '../config/environment.ts'
import type { Environment } from '../config/environment.ts'
import { checkEngine } from '../session/engines/engines.ts'
import { faultsOf } from './opening.ts'
import { optionFaults } from './options.ts'
import type { CoatOptions, Extensions } from './options.ts'

/** How an application shall be: checked, and nothing of it opened yet. */
export interface Configuration {
  readonly config: Config
  readonly extensions: Extensions
  /** Who checks credentials, by the extensions or by the settings. */
  readonly backends: readonly BackendChoice[]
  /** The log of the host; null where it has given none. */
  readonly log: Logger | null
  /** Does this process clear what has expired? */
  readonly upkeep: boolean
}

/**
 * The configuration that `options` make under `environment`, which wins wherever both speak: SESSION_ENGINE over `engine`, and
 * AUTHENTICATION_BACKENDS over `backends`, too. Throws `ConfigError`, which names all faults at once: where a setting cannot be
 * used, the modules of the engine and the backends are tried all the same. It ends with the sentences of `more`.
 */
export async function configurationOf(
  options: CoatOptions,
  environment: Environment,
  more: readonly string[] = [],
): Promise<Configuration> {
  const {
    settings,
    log = null,
    upkeep = true,
    engine,
    previousEngine,
    backends,
    ...others
  } = options
  const own: Extensions = {
    ...(engine !== undefined && !isGiven('SESSION_ENGINE', environment) && { engine }),
    ...(previousEngine !== undefined &&
      !isGiven('SESSION_ENGINE_PREVIOUS', environment) && { previousEngine }),
    ...(Array.isArray(backends) &&
      !isGiven('AUTHENTICATION_BACKENDS', environment) && { backends }),
  }
  const wrong = optionFaults(options)
  const examined = examineSettings({ ...settings, ...named(own) }, environment)
  const { readable, config } = examined
  const faults = [...wrong, ...examined.faults]
  const choices = own.backends ?? readable.authenticationBackends
  if (config !== null && choices !== undefined && faults.length === 0)
    return { config, log, upkeep, extensions: { ...others, ...own }, backends: choices }
  const chosen = 'engine' in own ? own.engine : readable.sessionEngine
  const openings = await Promise.allSettled([
    chosen === undefined ? null : checkEngine(chosen),
    choices === undefined ? null : checkBackends(choices),
  ])
  const messages = faultsOf(openings).map((fault) => (fault as Error).message)
  throw new ConfigError([...faults, ...messages, ...more])
}

/** An engine or a backend that the options name is a setting, and must agree with the others. A function or an object is none. */
function named({ engine, previousEngine, backends }: Extensions) {
  const names = backends?.filter((one) => typeof one === 'string')
  return {
    ...(engine !== undefined && { sessionEngine: typeof engine === 'string' ? engine : 'custom' }),
    ...(typeof previousEngine === 'string' && { sessionEnginePrevious: previousEngine }),
    ...(names !== undefined && names.length > 0 && { authenticationBackends: names }),
  }
}
