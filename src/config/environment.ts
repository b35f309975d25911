import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

/** Variables and their texts. */
export type Environment = Readonly<Record<string, string | undefined>>

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

/** Does NODE_ENV of this process say production? `createApp` reads this one variable, so that a host need not pass it on. */
export function isProduction(): boolean {
  return process.env['NODE_ENV'] === 'production'
}

/** Does `environment` say anything of `variable`? */
export function isGiven(variable: string, environment: Environment): boolean {
  return (environment[variable]?.trim() ?? '') !== ''
}

/** Has this process `variable`, whatever the `.env` file says? */
export function isInProcess(variable: string): boolean {
  return isGiven(variable, process.env)
}

/** What the `.env` file at `path` says; nothing where there is none. It may come from a shell script or from Windows. */
function readEnvFile(path: string): Record<string, string | undefined> {
  if (!existsSync(path)) return {}
  // Node's parser takes a space before a name, and the mark that Notepad writes first, for a part of the name.
  return parseEnv(
    decode(readFileSync(path)).replaceAll(/^[ \t]*(export[ \t]+)?(?=[\w.-]+[ \t]*=)/gm, ''),
  )
}

/** UTF-8, or UTF-16 as PowerShell's `>` writes it; without the byte order mark. */
function decode(bytes: Buffer): string {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe
  return new TextDecoder(isWide ? 'utf-16le' : 'utf-8').decode(bytes)
}
