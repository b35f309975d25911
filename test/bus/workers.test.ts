import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createVisitor, loginDocument } from '../harness.ts'
import { openEvents } from '../host/events.ts'
import { runCommand, startProcess } from '../process.ts'

const admin = { username: 'admin', password: 'a bus between the workers' }

test('on SQLite and without Redis, an end by a worker and an end by a command reach the streams of every worker', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bus-'))
  const server = await startProcess(folder, {
    WORKERS: '2',
    ADMIN_PASSWORD: admin.password,
    SESSION_RECHECK_INTERVAL: '3600',
  })
  onTestFinished(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const endpoint = `${server.url}/graphql`
  const visitor = createVisitor(endpoint, 'sessionid', null)
  const logout = () => visitor.data('mutation { logout { __typename } }')
  const revoke = async () => {
    const { session } = await visitor.data('{ session { id } }')
    const { code } = await runCommand(folder, ['sessions', 'revoke', session.id])
    expect(code).toBe(0)
  }
  for (const [end, reason] of [[logout, 'LOGOUT'] as const, [revoke, 'REVOKED'] as const]) {
    await visitor.data(loginDocument, admin)
    // Each is a connection, and workers take these by turns.
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => openEvents(endpoint, visitor.cookie)),
    )
    await end()
    for (const stream of streams)
      expect(await stream.next()).toEqual({ __typename: 'SessionEnded', reason })
  }
})
