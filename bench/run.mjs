// Figures for what the README claims about speed, each as a ratio against a baseline of the same run.
// Usage: npm run bench [-- <part of a name>] [<row>,<row>...] [--json] [--uninterrupted]. Which rows there are,
// requests.bench.mjs says. Uninterrupted: at a real-time priority, so that nothing else on this machine takes the processors
// from the bench and its servers. Linux allows that to root (chrt).
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { printFigures } from './table.mjs'

if (process.argv.includes('--uninterrupted')) {
  const words = process.argv.slice(1).filter((word) => word !== '--uninterrupted')
  const { error, status } = spawnSync('chrt', ['--rr', '10', process.execPath, ...words], {
    stdio: 'inherit',
  })
  if (error) throw error
  process.exit(status ?? 1)
}
const isJson = process.argv.includes('--json')
const [wanted = '', rows = ''] = process.argv.slice(2).filter((word) => word !== '--json')
const results = {}
const names = readdirSync(new URL('.', import.meta.url)).filter((name) =>
  name.endsWith('.bench.mjs'),
)
// A whole name means this one, also where it is a part of another's.
const exact = names.filter((each) => each === `${wanted}.bench.mjs`)
for (const name of exact.length > 0 ? exact : names.filter((each) => each.includes(wanted))) {
  const { title, measure } = await import(`./${name}`)
  if (!isJson) console.log(`\n${title}`)
  const figures = await measure(rows.split(',').filter((row) => row !== ''))
  results[title] = figures
  if (!isJson) printFigures(figures)
}
if (isJson) console.log(JSON.stringify(results, null, 2))
