import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { openEvents } from '../host/events.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { runCommand, startProcess } from '../process.ts'
import { startOne, watchFrom } from './scenes.ts'

describe.skipIf(postgresqlProgram === null)('the bus between processes', () => {
  let postgresql: PostgresqlServer
  let folder: string
  let settings: Record<string, string>
  let here: TestServer
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-bus-'))
    postgresql = await startPostgresql()
    settings = { DATABASE_URL: await postgresql.database(), SECRET_KEY: 'k'.repeat(32) }
    here = await startOne(settings)
  })
  afterAll(async () => {
    await here?.stop()
    await postgresql?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a stream ends where the process that ended its session was killed right after that, and so at the next such process', async () => {
    for (let round = 0; round < 2; round++) {
      const other = await startProcess(folder, settings)
      const { visitor, events } = await watchFrom(here, here)
      const elsewhere = createVisitor(`${other.url}/graphql`, 'sessionid', visitor.cookie)
      await elsewhere.data('mutation { logout { __typename } }')
      other.child.kill('SIGKILL')
      await other.ended
      expect(await events.next()).toEqual({ __typename: 'SessionEnded', reason: 'LOGOUT' })
    }
  })

  test('a command that revokes a session ends its streams at the server', async () => {
    const { visitor, events } = await watchFrom(here, here)
    const { session } = await visitor.data('{ session { id } }')
    const again = await openEvents(`${here.url}/graphql`, visitor.cookie)
    const { code, errors } = await runCommand(folder, ['sessions', 'revoke', session.id], settings)
    expect([code, errors]).toEqual([0, ''])
    for (const stream of [events, again])
      expect(await stream.next()).toEqual({ __typename: 'SessionEnded', reason: 'REVOKED' })
  })
})
