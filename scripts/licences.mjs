// The licences of the packages that the bundle holds parts of: who publishes the bundle publishes them, too.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** One text with the licence of each package that a module of `moduleIds` is of. */
export function licencesOf(moduleIds) {
  const folders = moduleIds.map((id) => /.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0])
  const unique = [...new Set(folders)].filter((folder) => folder !== undefined)
  return unique
    .map(licenceIn)
    .sort()
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function licenceIn(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file ? readFileSync(join(folder, file), 'utf8') : ''
  return `${name} ${version}: ${license}\n\n${text.trim()}\n`
}
