import { existsSync } from 'node:fs'
import type { CoatOptions } from '../app/options.ts'
import { ConfigError } from '../config/config.ts'
import { importNamed } from '../config/module.ts'

/** The files that may hold the options of the application, in the working directory. */
const names = ['coatcheck.config.js', 'coatcheck.config.mjs', 'coatcheck.config.ts']

/**
 * The options that the config file of the working directory exports; null where there is none. `beforeLoading` runs only where
 * there is one. Throws `ConfigError` for two files, one that cannot be loaded, and one that exports no options.
 */
export async function readConfigFile(beforeLoading: () => void): Promise<CoatOptions | null> {
  const [name, other] = names.filter((one) => existsSync(one))
  if (name === undefined) return null
  if (other !== undefined)
    throw new ConfigError([`${name} and ${other} are both there: keep one of them.`])
  beforeLoading()
  const module = await importNamed(`./${name}`).catch((cause: Error) => {
    throw new ConfigError([cause.message.replace('./', '')], { cause })
  })
  const options = module['default']
  if (typeof options !== 'object' || options === null)
    throw new ConfigError([`${name} has no default export with the options of createApp.`])
  return options
}
