import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The store of docs/custom-engine.md, word for word, as a module of its own: its path. */
export function writeGuideEngine(): string {
  return writeModule('my-engine.mjs', firstProgramOf('docs/custom-engine.md'))
}

/** The backend of docs/custom-backend.md, likewise. */
export function writeGuideBackend(): string {
  return writeModule('directory.mjs', firstProgramOf('docs/custom-backend.md'))
}

function firstProgramOf(guide: string): string {
  const code = /```js\n(.*?)```/s.exec(readFileSync(guide, 'utf8'))?.[1]
  if (code === undefined) throw new Error(`${guide} has no program.`)
  return code
}

function writeModule(name: string, code: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'coatcheck-guide-')), name)
  writeFileSync(path, code)
  return path
}
