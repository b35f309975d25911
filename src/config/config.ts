import { disagreements } from './disagreements.ts'
import type { Readable } from './disagreements.ts'
import { readEnvFile } from './env-file.ts'
import { isFixed, isSetting } from './setting.ts'
import type { Declarations, Setting, ValuesOf } from './setting.ts'
import { settings } from './settings.ts'

/** Every setting, read and checked. Times are in seconds, save `storeTimeout`. */
export type Config = ValuesOf<typeof settings>

/** Variables and their texts. */
export type Environment = Readonly<Record<string, string | undefined>>

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

/** Where variables come from. */
export interface EnvironmentSources {
  readonly process: Environment
  /** The `.env` file. */
  readonly file: Environment
}

/** The environment of this process, and beside it what the `.env` file in the working directory says. */
export function readSources(file = '.env'): EnvironmentSources {
  return { process: process.env, file: readEnvFile(file) }
}

/** The environment of this process, over what the `.env` file in the working directory says. */
export function readEnvironment(file = '.env'): Record<string, string | undefined> {
  const sources = readSources(file)
  return { ...sources.file, ...sources.process }
}

/**
 * Gives the variables of `environment` to this process as well, for the modules that it loads: those of the `.env` file are
 * in no other place. What the process has already stays as it is.
 */
export function shareEnvironment(environment: Environment): void {
  for (const [name, text] of Object.entries(environment)) process.env[name] ??= text
}

/** Is this the environment of production? A program that writes its settings by hand need not say so itself. */
export function isProduction(): boolean {
  return process.env['NODE_ENV'] === 'production'
}

/** Does `environment` say anything of `variable`? */
export function isGiven(variable: string, environment: Environment): boolean {
  return (environment[variable]?.trim() ?? '') !== ''
}

/**
 * Throws `error` on. Where a `ConfigError` misses a variable that this process has, its sentence says also that `createApp`
 * does not read the environment.
 */
export function explainUnread(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error
  const faults = error.faults.map((fault) => {
    const [, missing] = /^([A-Z_]+): Needed /.exec(fault) ?? []
    if (missing === undefined || !isGiven(missing, process.env)) return fault
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
