// Figures for what the README claims about speed, each as a ratio against a baseline of the same run.
// Usage: npm run bench [-- <part of a name>]
import { readdirSync } from 'node:fs'

const wanted = process.argv[2] ?? ''
const names = readdirSync(new URL('.', import.meta.url)).filter((name) =>
  name.endsWith('.bench.mjs'),
)
for (const name of names.filter((each) => each.includes(wanted))) {
  const { title, measure } = await import(`./${name}`)
  console.log(`\n${title}`)
  for (const [what, figure] of Object.entries(await measure()))
    console.log(`  ${what.padEnd(60)} ${figure}`)
}
