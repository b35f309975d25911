import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startServer } from './harness.ts'

test(
  'sessions revoke ends one user’s sessions, or all, and the audit says who did it and what they asked for',
  { tags: ['G7'] },
  async () => {
    const server = await startServer()
    const [ada, grace] = [await server.signedIn('ada'), await server.signedIn('grace')]
    const env = { ...process.env, DATABASE_URL: `file:${join(server.folder, 'test.db')}` }
    const revoke = async (...words: string[]) => {
      const command = ['dist/main.js', 'sessions', 'revoke', ...words, '--yes', '--json']
      const { stdout } = await promisify(execFile)(process.execPath, command, { env })
      return JSON.parse(stdout)
    }
    const who = async () =>
      Promise.all([ada, grace].map(async (one) => (await one.data('{ me { username } }')).me))

    expect(await revoke('--username', 'ADA')).toMatchObject({ revokedCount: 1, isComplete: true })
    expect(await who()).toEqual([null, { username: 'grace' }])
    expect(await revoke('--all')).toMatchObject({ revokedCount: 1 })
    expect(await who()).toEqual([null, null])

    const events = await server.app.db.auditEvent.findMany({
      where: { type: 'SESSIONS_REVOKED' },
      orderBy: { id: 'asc' },
      include: { subject: true },
    })
    const shell = { user: expect.any(String), host: expect.any(String) }
    expect(
      events.map(({ subject, detail }) => [subject?.username, JSON.parse(detail ?? '')]),
    ).toEqual([
      ['ada', expect.objectContaining({ filter: { status: 'ACTIVE', username: 'ADA' }, shell })],
      [undefined, expect.objectContaining({ filter: { status: 'ACTIVE' }, count: 1, shell })],
    ])
    await server.stop()
  },
)
