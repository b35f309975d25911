import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { writeGuideEngine } from '../guide.ts'
import { startServer } from '../harness.ts'
import { readPrograms } from '../package/documents.ts'

describeSessionStore("the guide's", async () => (await import(writeGuideEngine())).createStore())

test('coatcheck/testing is what an engine of your own imports', { tags: ['H22'] }, () => {
  const path = import.meta.resolve('coatcheck/testing')
  expect(path.endsWith(join('dist', 'testing.js'))).toBe(true)
})

test.each([['without'], ['with']])(
  'a reader %s Vitest holds the engine of the guide to every promise of the contract by node --test',
  { tags: ['H22'] },
  async (vitest) => {
    const project = mkdtempSync(join(tmpdir(), 'coatcheck-reader-'))
    onTestFinished(() => rmSync(project, { recursive: true, force: true }))
    for (const name of ['package.json', 'dist/testing.js', 'dist/program'])
      cpSync(name, join(project, 'node_modules/coatcheck', name), { recursive: true })
    if (vitest === 'with')
      symlinkSync(resolve('node_modules/vitest'), join(project, 'node_modules/vitest'))
    for (const { file, code } of readPrograms('docs/custom-engine.md'))
      writeFileSync(join(project, file), code)
    const words = ['--test', '--test-reporter=tap', 'my-engine.test.mjs']
    const env = { PATH: process.env['PATH'] } as NodeJS.ProcessEnv
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: project, env })
    expect(stdout).toContain(`# pass ${storeContract.length}\n# fail 0\n`)
  },
)

/** Writes a module whose `createStore` has the body `code`: its path. */
function writeEngine(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-engine-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'engine.mjs')
  writeFileSync(path, `export async function createStore(options) { ${code} }`)
  return path
}

test('an engine of your own gets a clock, a secret, the log, and a function to report damage', async () => {
  const engine = writeEngine(`
    options.log.info({ keys: Object.keys(options).sort() }, 'The engine opens.')
    options.warn('The medium is slow.', new Error('why'))
    options.onDamage('0123')
    if (typeof options.now() !== 'number') throw new Error('no clock')
    return {
      async load() { return null }, async create() { return 1 }, async save() { return 'gone' },
      async delete() {}, async clearExpired() { return 0 },
    }`)
  const server = await startServer({ SESSION_ENGINE: engine })
  onTestFinished(() => server.stop())

  const lines = server.logs.filter(({ msg }) =>
    /engine opens|medium is slow|0123/.test(String(msg)),
  )
  expect(lines).toMatchObject([
    { keys: ['log', 'now', 'onDamage', 'secretKey', 'warn'] },
    { msg: 'The medium is slow.', err: { message: 'why' } },
    { msg: expect.stringContaining('0123') },
  ])
})

test('an engine that rejects, or lacks a function, stops the start with a sentence, and what it opened is closed', async () => {
  const rejecting = writeEngine("throw new Error('The medium is not there.')")
  await expect(startServer({ SESSION_ENGINE: rejecting })).rejects.toThrow(
    `SESSION_ENGINE: ${rejecting} cannot be opened: The medium is not there.`,
  )
  const lacking = writeEngine(
    'return { async load() { return null }, async close() { globalThis.closedEngine = true } }',
  )
  await expect(startServer({ SESSION_ENGINE: lacking })).rejects.toThrow(
    'lacks create, save, delete, clearExpired.',
  )
  expect(globalThis).toHaveProperty('closedEngine', true)
})
