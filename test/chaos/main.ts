import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { reportOf } from './report.ts'
import { storm } from './run.ts'
import type { Storm } from './run.ts'

const engines = ['database', 'cached-database', 'cache', 'file', 'signed-cookies'] as const
const databases = ['sqlite', 'postgresql'] as const
const caches = ['redis', 'memcached'] as const

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    engine: { type: 'string', default: 'database' },
    database: { type: 'string', default: 'postgresql' },
    cache: { type: 'string', default: 'redis' },
    processes: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1' },
    visitors: { type: 'string', default: '12' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    calm: { type: 'boolean', default: false },
    report: { type: 'string' },
    history: { type: 'string' },
  },
})

function oneOf<Name extends string>(names: readonly Name[], given: string, option: string): Name {
  const found = names.find((name) => name === given)
  if (found === undefined) throw new Error(`--${option} is one of ${names.join(', ')}.`)
  return found
}

function numberOf(given: string, option: string, least: number): number {
  const number = Number(given)
  if (given.trim() !== '' && Number.isFinite(number) && number >= least) return number
  throw new Error(`--${option} is a number from ${least}, and not ${given}.`)
}

function countOf(given: string, option: string): number {
  const count = numberOf(given, option, 1)
  if (!Number.isInteger(count)) throw new Error(`--${option} is a whole number, and not ${given}.`)
  return count
}

// The first Ctrl-C ends the storm, and what has happened is checked. A second one ends the program.
const early = new AbortController()
process.once('SIGINT', () => early.abort())

const options: Storm = {
  signal: early.signal,
  engine: oneOf(engines, values.engine, 'engine'),
  database: oneOf(databases, values.database, 'database'),
  cache: oneOf(caches, values.cache, 'cache'),
  processes: countOf(values.processes, 'processes'),
  workers: countOf(values.workers, 'workers'),
  visitors: countOf(values.visitors, 'visitors'),
  seed: numberOf(values.seed, 'seed', 0),
  duration: numberOf(values.minutes, 'minutes', 0.01) * 60_000,
  isCalm: values.calm,
  onProgress: (line) => console.error(line),
}
const aftermath = await storm(options)
const report = reportOf(aftermath)
console.log(report)
if (values.report) writeFileSync(values.report, `${report}\n`)
if (values.history) writeFileSync(values.history, JSON.stringify(aftermath.history))
process.exitCode = aftermath.violations.length > 0 ? 1 : 0
