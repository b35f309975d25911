// Figures for what the README claims about speed, each as a ratio against a baseline of the same run.
// Usage: npm run bench [-- <part of a name>] [--json]
import { readdirSync } from 'node:fs'

const isJson = process.argv.includes('--json')
const wanted = process.argv.slice(2).find((word) => word !== '--json') ?? ''
const results = {}
const names = readdirSync(new URL('.', import.meta.url)).filter((name) =>
  name.endsWith('.bench.mjs'),
)
for (const name of names.filter((each) => each.includes(wanted))) {
  const { title, measure } = await import(`./${name}`)
  if (!isJson) console.log(`\n${title}`)
  const figures = await measure()
  results[title] = figures
  for (const [what, figure] of isJson ? [] : Object.entries(figures))
    console.log(`  ${what.padEnd(60)} ${figure}`)
}
if (isJson) console.log(JSON.stringify(results, null, 2))
