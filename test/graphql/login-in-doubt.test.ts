import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ me { username } cart { totalQuantity } }'

describe.skipIf(postgresqlProgram === null)('on PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(() => postgresql?.stop())

  test.each(['database', 'file'])(
    'a session on the engine %s goes on under its key where PostgreSQL was killed once it had stored a login of the same visitor, and before it said so',
    async (engine) => {
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-doubt-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const clock = createClock()
      const settings = {
        DATABASE_URL: await postgresql.database(),
        SESSION_ENGINE: engine,
        SESSION_FILE_PATH: folder,
      }
      const server = await startServer(settings, { now: clock.now })
      onTestFinished(() => server.stop())
      const visitor = await server.signedIn('ada')
      await visitor.data(addItem)

      const { statements } = server.app.db
      const { transaction } = statements
      statements.transaction = async (work) => {
        statements.transaction = transaction
        await confirmedBy('away')
        return transaction(work)
      }
      const asking = visitor.send(loginDocument, { username: 'ada', password })
      await untilStored()
      await postgresql.kill()
      const { errors } = await asking
      expect(errors).toMatchObject([{ extensions: { code: 'SESSION_STORE_UNAVAILABLE' } }])
      await postgresql.start()
      await confirmedBy('')

      clock.advance(31_000) // a key that was replaced opens nothing by now
      const seen = async () => (await visitor.send(look)).data
      await expect.poll(seen).toEqual({ me: { username: 'ada' }, cart: { totalQuantity: 1 } })
    },
  )

  /** Has each commit wait, once it is stored, until this replica has it. */
  async function confirmedBy(replica: string): Promise<void> {
    await postgresql.ask(`ALTER SYSTEM SET synchronous_standby_names = '${replica}'`)
    await postgresql.ask('SELECT pg_reload_conf()')
    await vi.waitFor(async () =>
      expect(await postgresql.ask('SHOW synchronous_standby_names')).toEqual([
        { synchronous_standby_names: replica },
      ]),
    )
  }

  async function untilStored(): Promise<void> {
    const waiting = () =>
      postgresql.ask(`SELECT query FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
    await vi.waitFor(
      async () => expect((await waiting()).map(({ query }) => query)).toContain('COMMIT'),
      { timeout: 10_000 },
    )
  }
})
