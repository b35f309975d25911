import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { mostCounted } from '../../src/auth/audit/audit-tally.ts'
import { printStatus } from '../../src/commands/status.ts'
import { startServer } from '../harness.ts'
import { runCommand } from '../process.ts'

test('status says where the audit has more events of a day than it counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-status-'))
  const environment = {
    DATABASE_URL: `file:${join(folder, 'status.db')}`,
    SECRET_KEY: 'k'.repeat(32),
  }
  const server = await startServer(environment)
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const many = Array.from({ length: mostCounted + 1 }, () => ({ type: 'LOGIN_FAILED' }))
  await server.app.db.auditEvent.createMany({ data: [...many, { type: 'LOGOUT' }] })
  for (const [name, value] of Object.entries({ ...environment, PORT: '0' })) vi.stubEnv(name, value)
  let printed = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += String(chunk)
    return true
  })
  await printStatus({}, '0.0.0')
  write.mockRestore()
  expect(printed).toMatch(/^Last day +5,000 or more LOGIN_FAILED, 1 LOGOUT$/m)
})

test('status and sessions stats say that guests are not counted where the database does not have their sessions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-guests-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const environment = { PORT: '0', DATABASE_URL: 'file:./guests.db' }
  await runCommand(folder, ['migrate'], environment)
  const read = async (engine: string, ...words: string[]) =>
    (await runCommand(folder, words, { ...environment, SESSION_ENGINE: engine })).output
  expect(await read('file', 'status')).toMatch(/^Sessions +0 signed in, guests are not counted$/m)
  expect(await read('file', 'sessions', 'stats')).toMatch(/^Guests +not counted/m)
  expect(JSON.parse(await read('file', 'sessions', 'stats', '--json')).anonymous).toBeNull()
  expect(JSON.parse(await read('file', 'status', '--json')).sessions.guests).toBeNull()
  expect(await read('database', 'sessions', 'stats')).toMatch(/^Guests +0$/m)
})
