import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The store of docs/custom-engine.md, word for word, as a module of its own: its path. */
export function writeGuideEngine(): string {
  const guide = readFileSync('docs/custom-engine.md', 'utf8')
  const code = /```js\n(.*?)```/s.exec(guide)?.[1]
  if (code === undefined) throw new Error('The guide has no store.')
  const path = join(mkdtempSync(join(tmpdir(), 'coatcheck-guide-')), 'my-engine.mjs')
  writeFileSync(path, code)
  return path
}
