import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp, InvalidInput, NotFound } from '../../../src/index.ts'
import type { AuthEvent } from '../../../src/index.ts'
import { createLog } from '../../../src/commands/log.ts'
import { databaseKind } from '../../../src/database/database.ts'
import { createVisitor, loginDocument, password } from '../../harness.ts'
import { postgresqlProgram, startPostgresql } from '../../postgresql-server.ts'

async function sqliteDatabase(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-deletion-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return `file:${join(folder, 'host.db')}`
}

async function postgresqlDatabase(): Promise<string> {
  const server = await startPostgresql()
  onTestFinished(() => server.stop())
  return server.database()
}

describe.each([
  ['SQLite', sqliteDatabase, false],
  ['PostgreSQL', postgresqlDatabase, postgresqlProgram === null],
] as const)('on %s', (name, open, isMissing) => {
  test.skipIf(isMissing)(
    'a host exports and erases a user, which its listeners hear of, and a refused login that came meanwhile keeps no name',
    { tags: ['G13'] },
    async () => {
      const databaseUrl = await open()
      const events: AuthEvent[] = []
      const coat = await createApp({
        settings: { databaseUrl, storeTimeout: 10_000, secretKey: 'k'.repeat(32) },
        log: createLog({ level: 'silent' }, process.stdout),
        listeners: [(event) => void events.push(event)],
      })
      const { url } = await coat.serve({ host: '127.0.0.1', port: 0 })
      const [ada, root] = [
        await coat.users.create({ username: 'ada', password }),
        await coat.users.create({ username: 'root', password, isStaff: true }),
      ]
      const visitor = createVisitor(`${url}/graphql`, 'sessionid', null)
      await visitor.data(loginDocument, { username: 'ada', password })

      const data = await coat.users.export({ username: 'ADA' })
      expect(data).toMatchObject({
        user: { id: ada.id, username: 'ada', hasPassword: true },
        sessions: [{ ipAddress: '127.0.0.1' }],
      })
      await expect(coat.users.delete(root, { actor: root })).rejects.toThrow(InvalidInput)
      const race = await refusedMeanwhile(name, databaseUrl, ada.id)
      const deleting = coat.users.delete({ id: ada.id }, { actor: root })
      await race(deleting)
      expect(await deleting).toMatchObject({ user: { username: 'ada' }, revokedCount: 1 })

      expect((await visitor.data('{ me { username } }')).me).toBeNull()
      await expect(coat.users.delete(ada)).rejects.toThrow(NotFound)
      await expect(coat.users.export(ada)).rejects.toThrow(NotFound)
      await coat.close()
      expect(events.at(-1)).toMatchObject({
        type: 'USER_DELETED',
        actorId: root.id,
        subjectId: null,
        detail: { userId: ada.id },
        application: true,
      })
      const db = await databaseKind(databaseUrl).open(databaseUrl, {})
      const failures = await db.auditEvent.findMany({ where: { type: 'LOGIN_FAILED' } })
      const nothing = { actorId: null, subjectId: null, ipAddress: null, userAgent: null }
      expect(failures).toMatchObject([{ ...nothing, detail: null }])
      await db.$disconnect()
    },
  )
})

/**
 * Writes down that a login of the user was refused, as another process does. On PostgreSQL that is under way when the
 * deletion begins and is committed only once the deletion waits for it; SQLite has one writer, so there it comes first.
 */
async function refusedMeanwhile(name: string, databaseUrl: string, userId: string) {
  const row = {
    type: 'LOGIN_FAILED',
    subjectId: userId,
    ipAddress: '192.0.2.7',
    userAgent: 'Firefox',
    detail: '{"username":"ada"}',
  }
  if (name === 'SQLite') {
    const db = await databaseKind(databaseUrl).open(databaseUrl, {})
    await db.auditEvent.create({ data: row })
    await db.$disconnect()
    return async () => {}
  }
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO "AuditEvent" (id, type, "subjectId", "ipAddress", "userAgent", detail) VALUES ('raced', $1, $2, $3, $4, $5)`,
    Object.values(row),
  )
  return async (deleting: Promise<unknown>) => {
    const isWaiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
    for (let isOver = false; !isOver;) {
      void deleting.finally(() => (isOver = true)).catch(() => {})
      if ((await client.query(isWaiting)).rowCount! > 0) break
      await new Promise((done) => setTimeout(done, 20))
    }
    await client.query('COMMIT')
    await client.end()
  }
}
