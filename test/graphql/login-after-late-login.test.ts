import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ me { username } session { endReason } cart { totalQuantity } }'

describe.skipIf(postgresqlProgram === null)('on PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(() => postgresql?.stop())

  test.each(['database', 'file'])(
    'a visitor who signs in again, on the engine %s, while a late login of the same session is still carried out, keeps the cart, and the key from before opens nothing',
    async (engine) => {
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-late-login-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const url = await postgresql.database()
      const server = await startServer({
        DATABASE_URL: `${url}?socket_timeout=30`, // the login's statement outlasts its caller
        SESSION_ENGINE: engine,
        SESSION_FILE_PATH: folder,
        SESSION_STORE_TIMEOUT: '3000',
      })
      onTestFinished(() => server.stop())
      const visitor = await server.signedIn('ada')
      await visitor.data(addItem)
      const { cookie } = visitor
      const holder = new Client({ connectionString: url })
      await holder.connect()
      onTestFinished(() => holder.end())
      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM "User" FOR NO KEY UPDATE')

      const late = await visitor.send(loginDocument, { username: 'ada', password })
      expect(late.errors?.[0].extensions.code).toBe('SESSION_STORE_UNAVAILABLE')
      const asking = visitor.data(loginDocument, { username: 'ada', password })
      await vi.waitFor(
        async () =>
          expect(
            await postgresql.ask(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`),
          ).toHaveLength(2),
        { timeout: 10_000 },
      )
      await holder.query('COMMIT')

      expect((await asking).login.__typename).toBe('LoginSuccess')
      expect(await visitor.data(look)).toEqual({
        me: { username: 'ada' },
        session: { endReason: null },
        cart: { totalQuantity: 1 },
      })
      expect(await server.visitor(cookie).data(look)).toEqual({
        me: null,
        session: { endReason: 'REPLACED' },
        cart: { totalQuantity: 0 },
      })
    },
  )
})
