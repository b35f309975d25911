import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { showSession } from '../../src/commands/sessions.ts'
import { startServer } from '../harness.ts'

test('what the parts of a command have to say is on standard error, so that a program can read the result', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-log-'))
  const environment = { DATABASE_URL: `file:${join(folder, 'log.db')}`, SECRET_KEY: 'k'.repeat(32) }
  const server = await startServer(environment)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const ada = await server.signedIn('ada')
  const { id } = (await ada.data('{ session { id } }')).session
  await server.app.db.session.update({ where: { id }, data: { data: 'damaged' } })
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    const write = vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk)
      return true
    })
    onTestFinished(() => write.mockRestore())
  }
  await showSession(id, { json: true })
  await expect.poll(() => written.stderr).toContain('cannot be read')
  vi.restoreAllMocks()
  expect(JSON.parse(written.stdout)).toMatchObject({ id, user: { username: 'ada' } })
})
