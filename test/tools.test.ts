// The programs under bench/ and scripts/ are no part of the build, and no other test runs most of them.
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import { spawnTied } from './tied.ts'
import { openNote } from './witness/notes.ts'

const tools = ['bench', 'scripts'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mjs') && !name.includes('node_modules'))
    .map((name) => join(folder, name)),
)

/** What these files import, and other files do not export or are not there to export. */
async function missingFor(files: string[]): Promise<string[]> {
  const missing: string[] = []
  const bundle = await rolldown({
    input: files,
    platform: 'node',
    // Only what the repository has itself.
    external: /^[^./]/,
    onLog: (_, { code, message }) => {
      if (code === 'IMPORT_IS_UNDEFINED') missing.push(message)
    },
  })
  try {
    await bundle.generate()
  } catch (error) {
    missing.push((error as Error).message)
  } finally {
    await bundle.close()
  }
  return missing
}

test('every name that a program of bench/ or scripts/ imports from another file is exported there', async () => {
  expect(tools).toContain(join('scripts', 'screenshots.mjs'))
  expect(await missingFor(tools)).toEqual([])
})

test('a name or a file that a program imports in vain is found', async () => {
  const folder = mkdtempSync(join('test', 'fixtures', 'tools-'))
  const plant = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  try {
    plant('there.mjs', 'export const there = 1')
    const name = plant('name.mjs', "import { gone } from './there.mjs'\nconsole.log(gone)")
    const part = plant('part.mjs', "import * as all from './there.mjs'\nconsole.log(all.gone)")
    const file = plant('file.mjs', "import { gone } from './gone.mjs'\nconsole.log(gone)")
    expect(await missingFor([name])).toEqual([expect.stringContaining('gone')])
    expect(await missingFor([part])).toEqual([expect.stringContaining('gone')])
    expect(await missingFor([file])).toEqual([expect.stringContaining('gone.mjs')])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const asked = (url: string) => `
  const response = await fetch(${url}, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ session { id } }' }),
  })
  console.log(await response.text())`

test.each([
  [
    'the benches of /admin and of lists',
    `import { openServer } from './bench/setting.mjs'
    const server = await openServer()
    ${asked('server.url')}
    await server.close()`,
  ],
  [
    'the screenshots',
    `import { closeAll, open } from './scripts/screenshots/servers.mjs'
    const server = await open('empty')
    ${asked('server.graphql')}
    await closeAll()`,
  ],
  [
    'the bench of the upkeep',
    `import { once } from 'node:events'
    import { fork } from 'node:child_process'
    const server = fork('./bench/upkeep-server.mjs', { execArgv: [] })
    const [{ url }] = await once(server, 'message')
    ${asked('url')}
    server.disconnect()`,
  ],
])('the server of %s starts and answers', async (_name, program) => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-tools-'))
  try {
    const child = spawnTied(process.execPath, ['--input-type=module', '--eval', program], {
      env: { PATH: process.env['PATH'], DATABASE_URL: `file:${join(folder, 'tools.db')}` },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        openNote('print')(chunk)
        output += chunk.toString()
      })
    await once(child, 'close')
    expect(output).toBe('{"data":{"session":{"id":null}}}\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
