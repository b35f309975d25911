import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What docs/custom-engine.md tells its reader to save and to run, word for word. */
export interface Guide {
  /** `my-engine.mjs` */
  readonly engine: string
  /** `test/my-engine.test.ts` */
  readonly contractTest: string
  /** The commands that run it, one a line. */
  readonly commands: readonly string[]
}

/** Reads the guide; throws where it lacks a step. */
export function readGuide(): Guide {
  const guide = readFileSync('docs/custom-engine.md', 'utf8')
  const block = (start: RegExp, language: string) => {
    const found = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(
      guide.slice(guide.search(start)),
    )
    const code = found?.[1]
    if (code === undefined) throw new Error(`The guide has no ${language} after ${start}.`)
    return code
  }
  return {
    engine: block(/`my-engine\.mjs`/, 'js'),
    contractTest: block(/`test\/my-engine\.test\.ts`/, 'ts'),
    commands: block(/`test\/my-engine\.test\.ts`/, 'sh')
      .trim()
      .split('\n'),
  }
}

/** The store of docs/custom-engine.md, word for word, as a module of its own: its path. */
export function writeGuideEngine(): string {
  return writeModule('my-engine.mjs', readGuide().engine)
}

/** The backend of docs/custom-backend.md, likewise. */
export function writeGuideBackend(): string {
  const code = /```js\n(.*?)```/s.exec(readFileSync('docs/custom-backend.md', 'utf8'))?.[1]
  if (code === undefined) throw new Error('The guide has no backend.')
  return writeModule('directory.mjs', code)
}

function writeModule(name: string, code: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'coatcheck-guide-')), name)
  writeFileSync(path, code)
  return path
}
