import { disagreements } from './disagreements.ts'
import type { Readable } from './disagreements.ts'
import { isInProcess } from './environment.ts'
import type { Environment } from './environment.ts'
import { isFixed, isSetting } from './setting.ts'
import type { Declarations, Setting, ValuesOf } from './setting.ts'
import { settings } from './settings.ts'

/** Every setting, read and checked. Times are in seconds, save `storeTimeout`. */
export type Config = ValuesOf<typeof settings>

/** The settings cannot be used. `faults` has a sentence for every one of them. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[], options?: ErrorOptions) {
    const lines = faults.map((fault) => `  ${fault.replaceAll('\n', '\n  ')}`)
    super(`The configuration cannot be used:\n${lines.join('\n')}`, options)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Throws `error` on. Where a `ConfigError` misses a variable that this process has, its sentence says also that `createApp`
 * does not read the environment.
 */
export function explainUnread(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error
  const faults = error.faults.map((fault) => {
    const [, missing] = /^([A-Z_]+): Needed /.exec(fault) ?? []
    if (missing === undefined || !isInProcess(missing)) return fault
    return `${fault} createApp does not read the environment: pass settings: readSettings(process.env).`
  })
  throw new ConfigError(faults, { cause: error.cause })
}

/** The settings that `environment` makes. An empty variable counts as one that is not there. Throws `ConfigError`. */
export function readConfig(environment: Environment): Config {
  const { config, faults } = examine(environment)
  if (config === null) throw new ConfigError(faults)
  return config
}

/** What could be read of the settings. */
export interface Examined {
  /** What cannot be read is undefined in it. */
  readonly readable: Readable
  /** A sentence for each setting that cannot be read, and for those that cannot be kept together. */
  readonly faults: readonly string[]
  /** Null where there is a fault. */
  readonly config: Config | null
}

/** Reads as much of the settings as can be read. */
export function examine(environment: Environment): Examined {
  const faults: string[] = []
  const production = settings.production.schema.parse(given(settings.production, environment) ?? '')
  const readable = readAll(settings, (setting) => {
    const text = given(setting, environment) ?? defaultOf(setting, production)
    if (text === null) return null
    const parsed = setting.schema.safeParse(text)
    if (parsed.success) return parsed.data
    const sentences = parsed.error.issues.map(({ message }) => message)
    faults.push(`${setting.variable}: ${sentences.join(' ')}`)
    return undefined
  }) as Readable
  faults.push(...disagreements(readable))
  return { readable, faults, config: faults.length === 0 ? (readable as Config) : null }
}

/** The declarations, each with what `read` makes of it. */
function readAll(declarations: Declarations, read: (setting: Setting<unknown>) => unknown): object {
  const entries = Object.entries(declarations).map(([name, declared]) => {
    if (isFixed(declared)) return [name, declared.value] as const
    return [name, isSetting(declared) ? read(declared) : readAll(declared, read)] as const
  })
  return Object.fromEntries(entries)
}

/** The text that is given for a setting; null where none is. */
function given(
  { variable, isSecret }: Pick<Setting<unknown>, 'variable' | 'isSecret'>,
  environment: Environment,
): string | null {
  const text = environment[variable]
  return (isSecret ? text : unquoted(text?.trim())) || null
}

function defaultOf(setting: Setting<unknown>, production: boolean): string | null {
  return production ? (setting.inProduction ?? setting.default) : setting.default
}

/** Docker's --env-file takes quotes for a part of the value. No setting begins and ends with them. */
function unquoted(text: string | undefined): string | undefined {
  return text?.replace(/^(["'])(.*)\1$/s, '$2')
}
