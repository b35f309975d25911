import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile, strictest } from './dependents.ts'
import { folderOf, readPrograms, savePrograms, start } from './documents.ts'
import type { Program } from './documents.ts'
import { walks } from './walks.ts'

const guides = [
  'docs/library.md',
  'docs/extending.md',
  'docs/custom-engine.md',
  'docs/custom-backend.md',
]

/** Compiles every program of the guides against the package in the folder of its dependents, and walks through each. */
export function describeGuides(dependents: () => string): void {
  describe('guides', () => {
    const programs = guides.flatMap(readPrograms)
    // A name that one of them declares would be asked for in all, so those with declarations are compiled by themselves.
    const declares = ({ code }: Program) => code.includes("declare module 'coatcheck'")
    let ports: ReadonlyMap<Program, number>
    beforeAll(async () => {
      ports = await savePrograms(dependents(), programs)
    })

    test.each(
      guides.filter((guide) =>
        programs.some((program) => program.guide === guide && isTyped(program)),
      ),
    )('the TypeScript of %s compiles with all checks on', async (guide) => {
      const typed = programs.filter((program) => program.guide === guide && isTyped(program))
      const together = typed.filter((program) => !declares(program))
      for (const some of [together, ...typed.filter(declares).map((program) => [program])]) {
        if (some.length === 0) continue
        const said = await compile(folderOf(dependents(), guide), {
          compilerOptions: {
            ...strictest,
            skipLibCheck: true,
            target: 'ES2023',
            module: 'NodeNext',
            types: ['node'],
            outDir: 'dist',
          },
          files: some.map(({ file }) => file),
        })
        expect(said).toBe('')
      }
    })

    test.each(programs.map((program) => ({ program, ...program })))(
      '$file of $guide does what the guide says',
      async ({ program, guide, file }) => {
        const walk = walks[file]
        expect(walk).toBeDefined()
        const folder = folderOf(dependents(), guide)
        const running = await start(folder, wordsOf(file, dependents()), ports.get(program) ?? 0)
        try {
          await walk?.(running)
        } finally {
          await running.stop()
        }
      },
    )
  })
}

function isTyped({ file }: Program): boolean {
  return file.endsWith('.ts')
}

/** What Node is told to run, so that it does what a guide says of `file`. */
function wordsOf(file: string, dependents: string): string[] {
  if (file.startsWith('coatcheck.config'))
    return [join(dependents, 'node_modules/coatcheck/dist/main.js'), 'serve']
  if (file.endsWith('.test.mjs'))
    return [resolve('node_modules/vitest/vitest.mjs'), 'run', '--reporter=dot', file]
  return [file.endsWith('.ts') ? `dist/${file.replace(/\.ts$/, '.js')}` : file]
}
