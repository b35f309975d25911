import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createVisitor, loginDocument } from '../harness.ts'
import { openEvents } from '../host/events.ts'
import { startProcess } from '../process.ts'

const admin = { username: 'admin', password: 'a bus between the workers' }

test('an end on one worker ends the streams of the other, on SQLite and without Redis', async () => {
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
  await visitor.data(loginDocument, admin)
  // Each is a connection, and workers take these by turns.
  const streams = await Promise.all(
    Array.from({ length: 8 }, () => openEvents(endpoint, visitor.cookie)),
  )
  await visitor.data('mutation { logout { __typename } }')
  for (const stream of streams)
    expect(await stream.next()).toEqual({ __typename: 'SessionEnded', reason: 'LOGOUT' })
})
