import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { compile, strictest } from './dependents.ts'
import { folderOf, readPrograms, savePrograms, start } from './documents.ts'
import type { Program } from './documents.ts'
import { walks } from './walks.ts'

const guides = ['docs/library.md', 'docs/extending.md']

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

    test.each(guides)('the TypeScript of %s compiles with all checks on', async (guide) => {
      const own = programs.filter((program) => program.guide === guide)
      const typed = own.filter(({ file }) => file.endsWith('.ts'))
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
        const words = file.startsWith('coatcheck.config')
          ? [join(dependents(), 'node_modules/coatcheck/dist/main.js'), 'serve']
          : [file.endsWith('.ts') ? `dist/${file.replace(/\.ts$/, '.js')}` : file]
        const folder = folderOf(dependents(), guide)
        const running = await start(folder, words, ports.get(program) ?? 0)
        try {
          await walk?.(running)
        } finally {
          await running.stop()
        }
      },
    )
  })
}
