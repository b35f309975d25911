import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { endStatements } from '../../src/auth/roster/ends.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

let postgresql: PostgresqlServer
beforeAll(async () => {
  if (postgresqlProgram !== null) postgresql = await startPostgresql()
})
afterAll(() => postgresql?.stop())

test.skipIf(postgresqlProgram === null)(
  'a logout that meets the taking back of a late login ends the session, also for a copy of its cookie',
  async () => {
    const url = await postgresql.database()
    const server = await startServer({
      DATABASE_URL: `${url}?socket_timeout=30`, // the login's statement outlasts its caller
      SESSION_ENGINE: 'signed-cookies',
      SESSION_STORE_TIMEOUT: '3000',
    })
    onTestFinished(() => server.stop())
    const visitor = await server.signedIn('ada')
    const { cookie } = visitor
    /** Has PostgreSQL keep the row of the user, for which a login and a new row of one of its sessions wait. */
    const lockUsers = async () => {
      const client = new Client({ connectionString: url })
      await client.connect()
      onTestFinished(() => client.end())
      await client.query('BEGIN')
      return { client, locked: client.query('SELECT 1 FROM "User" FOR UPDATE') }
    }
    const untilWaiting = (sql: string) =>
      vi.waitFor(
        async () => {
          const rows = await postgresql.ask(
            `SELECT query FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
          )
          expect(rows.filter(({ query }) => String(query).startsWith(sql))).toHaveLength(1)
        },
        { timeout: 10_000 },
      )
    const first = await lockUsers()
    await first.locked
    const late = await visitor.send(loginDocument, { username: 'ada', password })
    expect(late.errors?.[0].extensions.code).toBe('SESSION_STORE_UNAVAILABLE')
    const second = await lockUsers() // it has its turn after the login, and before the row that comes back
    await untilWaiting('SELECT 1 FROM "User"')

    // The logout looks for a new key while that is being taken back.
    const { statements } = server.app.db
    const { write } = statements
    let ends = 0
    statements.write = async (statement, values) => {
      if (statement === (endStatements.endMoved as unknown) && ++ends === 2)
        await untilWaiting('INSERT INTO "public"."Session"')
      return write(statement, values)
    }
    const leaving = server.visitor(cookie).send('mutation { logout { session { id } } }')
    await untilWaiting('UPDATE "public"."Session" SET "endedAt"')
    await first.client.query('ROLLBACK')
    await second.locked
    await untilWaiting('UPDATE "public"."Session" SET "endedAt"')
    await second.client.query('ROLLBACK')

    const { errors, data } = await leaving
    expect([errors, data]).toEqual([undefined, { logout: { session: { id: null } } }])
    expect(await server.visitor(cookie).data('{ me { username } session { endReason } }')).toEqual({
      me: null,
      session: { endReason: 'LOGOUT' },
    })
  },
)
