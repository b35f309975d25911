import { examine } from './config.ts'
import type { Config } from './config.ts'
import { isGiven } from './environment.ts'
import type { EnvironmentSources } from './environment.ts'
import { namedIn } from './setting.ts'
import type { NamedSetting, Setting } from './setting.ts'
import { settings } from './settings.ts'

/** Where the value of a setting comes from. */
export type Source = 'environment' | '.env' | 'config file' | 'default'

/** A setting that is in force, as it may be shown. */
export interface SettingInForce {
  readonly variable: string
  /** What a program calls it: `policy.age`. */
  readonly path: string
  /** Without what is hidden; null for none. */
  readonly value: string | null
  readonly source: Source
}

/** What stands in the place of a secret. */
export const hidden = '********'

/** Every setting of `config`, and where it comes from. What no variable gives, and is not the default, a config file has given. */
export function settingsInForce(config: Config, sources: EnvironmentSources): SettingInForce[] {
  const { readable: ofVariables } = examine({ ...sources.file, ...sources.process })
  return namedIn(settings).map((named) => {
    const { path, setting } = named
    const text = textOf(named, config)
    const isOfFile = text !== textOf(named, ofVariables)
    const source = sourceOf(setting.variable, sources) ?? (isOfFile ? 'config file' : 'default')
    return { variable: setting.variable, path, value: shown(setting, text), source }
  })
}

/** A variable that is there and empty says nothing, and keeps the file from saying it. */
function sourceOf(variable: string, { process, file }: EnvironmentSources): Source | null {
  if (isGiven(variable, process)) return 'environment'
  return process[variable] === undefined && isGiven(variable, file) ? '.env' : null
}

/** The value as an operator would write it; null for none. */
function textOf({ path, setting }: NamedSetting, config: object): string | null {
  const value = valueAt(config, path)
  if (setting === settings.production) return value === true ? 'production' : 'development'
  if (setting === settings.trustProxy && value === 0) return 'false'
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? value.join() : String(value)
}

function valueAt(config: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], config)
}

function shown({ isSecret, hides }: Setting<unknown>, text: string | null): string | null {
  if (text === null || text === '') return text
  if (isSecret || hides === 'all') return hidden
  return hides === 'password' ? withoutPasswords(text) : text
}

/** A URL, or several servers in one, whose passwords are hidden: between : and @, and in parameters. */
export function withoutPasswords(url: string): string {
  return url
    .replace(/(\/\/)(.*)@/s, (_all, slashes: string, user: string) => {
      const [name, ...password] = user.split(':')
      return `${slashes}${name}${password.length > 0 ? `:${hidden}` : ''}@`
    })
    .replaceAll(/([?&][^=&]*pass[^=&]*=)[^&]*/gi, `$1${hidden}`)
}
