import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { mostCounted } from '../../src/auth/audit/audit-tally.ts'
import { printStatus } from '../../src/commands/status.ts'
import { startServer } from '../harness.ts'

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
  expect(printed).toMatch(/^Last day +5000 or more LOGIN_FAILED, 1 LOGOUT$/m)
})
