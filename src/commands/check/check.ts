import { randomBytes } from 'node:crypto'
import { configurationOf } from '../../app/configuration.ts'
import type { CoatOptions } from '../../app/options.ts'
import { ConfigError } from '../../config/config.ts'
import { isGiven, readEnvironment, shareEnvironment } from '../../config/environment.ts'
import type { Environment } from '../../config/environment.ts'
import { judge, judgements } from '../../config/judging/judge.ts'
import { levels } from '../../config/judging/rule.ts'
import type { Finding, Level } from '../../config/judging/rule.ts'
import { findMistyped } from '../../config/misnamed.ts'
import { examineFiles } from './check-files.ts'
import { examineParts } from './check-parts.ts'
import { readConfigFile } from '../config-file.ts'
import type { Configured } from '../configure.ts'
import { printFindings } from './findings.ts'
import { printJson } from '../terminal/table.ts'

/** The options of `check`. */
export interface CheckOptions {
  readonly deploy?: boolean
  readonly failLevel: Level
  readonly json?: boolean
}

/**
 * `coatcheck check`: what is wrong with the settings, the files, the database, the store and the backends. The exit code is 1
 * where a finding is as grave as `failLevel`.
 */
export async function check({ deploy = false, failLevel, json }: CheckOptions): Promise<void> {
  const given = readEnvironment()
  const environment = deploy ? { ...given, NODE_ENV: 'production' } : given
  const findings: Finding[] = findMistyped(environment).map((says) => ({
    level: 'WARNING',
    about: 'environment',
    says,
    cure: 'Take it out, or write it right.',
  }))
  const options = await readConfigFile(() => shareEnvironment(environment)).catch(asFault)
  if (deploy && !runsInProduction(given, options)) findings.push(notProduction)
  const read = await readAs(environment, options)
  findings.push(...read.findings)
  const { configured } = read
  if (configured !== null) {
    const { config } = configured
    if (config.production) findings.push(...judge(config))
    findings.push(...(await examineFiles(config, config.production)))
    findings.push(...(await examineParts(configured, config.production)))
  }
  findings.sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level))
  const isBad = ({ level }: Finding) => levels.indexOf(level) <= levels.indexOf(failLevel)
  if (findings.some(isBad)) process.exitCode = 1
  if (json) return printJson(findings)
  printFindings(findings, {
    judged: configured?.config.production ? Object.keys(judgements).length : 0,
    isComplete: configured !== null,
  })
}

const notProduction: Finding = {
  level: 'ERROR',
  about: 'NODE_ENV',
  says: 'The server runs as in development: it sends the cookie over plain HTTP, shows strangers the schema, and makes its secret key up.',
  cure: 'Set NODE_ENV=production.',
}

/** Would `serve` run as in production, without --deploy? */
function runsInProduction(environment: Environment, options: OptionsOfFile): boolean {
  if (isGiven('NODE_ENV', environment)) return environment['NODE_ENV'] === 'production'
  return !(options instanceof ConfigError) && options?.settings?.production === true
}

/** What the config file exports; null where there is none, and an error where it cannot be used. */
type OptionsOfFile = CoatOptions | ConfigError | null

/** The configuration, or what of it cannot be used. A key that is missing keeps nothing else from being judged. */
async function readAs(
  environment: Environment,
  options: OptionsOfFile,
): Promise<{ configured: Configured | null; findings: Finding[] }> {
  if (options instanceof ConfigError) return { configured: null, findings: faultsOf(options) }
  const read = (given: Environment) => configurationOf(options ?? {}, given).catch(asFault)
  const first = await read(environment)
  if (!(first instanceof ConfigError))
    return { configured: { ...first, warnings: [] }, findings: [] }
  const findings = faultsOf(first)
  if (isGiven('SECRET_KEY', environment)) return { configured: null, findings }
  const second = await read({ ...environment, SECRET_KEY: randomBytes(48).toString('base64url') })
  const configured = second instanceof ConfigError ? null : { ...second, warnings: [] }
  return { configured, findings }
}

function asFault(error: unknown): ConfigError {
  if (error instanceof ConfigError) return error
  throw error
}

/** A finding for each fault, whose sentence begins with the setting. */
function faultsOf({ faults }: ConfigError): Finding[] {
  return faults.map((fault) => {
    const [, about = 'settings', says = fault] =
      /^([\w.]+(?: \([A-Z_]+\))?): (.*)$/s.exec(fault) ?? []
    const cure =
      about === 'SECRET_KEY'
        ? 'coatcheck secret prints one.'
        : 'docs/settings.md has every setting.'
    return { level: 'ERROR', about, says, cure }
  })
}
