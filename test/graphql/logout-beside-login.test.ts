import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const logout = 'mutation { logout { __typename } }'
const look = '{ me { username } cart { totalQuantity } }'

/** Whether the session that follows is signed in: a login after the logout opens an empty one. */
const engines = [
  ['database', true],
  ['file', false],
  ['signed-cookies', false],
] as const

describe.skipIf(postgresqlProgram === null)('on PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(() => postgresql?.stop())

  test.each(engines)(
    'a logout on the engine %s that waits for the transaction of a login of the same session ends what was in it under the new key too',
    async (engine, isSignedIn) => {
      const url = await postgresql.database()
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-logout-'))
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      const settings = {
        DATABASE_URL: url,
        SESSION_ENGINE: engine,
        SESSION_FILE_PATH: folder,
        SECRET_KEY: 'only for two processes of this test!!',
      }
      // One process would let the two wait for each other before either asks the database.
      const [server, another] = [await start(settings), await start(settings)]
      const caller = await server.signedIn('ada')
      await caller.data(addItem)
      const tab = another.visitor(caller.cookie)
      const holder = await connect(url)

      await holder.query('BEGIN')
      await holder.query('SELECT 1 FROM "User" FOR NO KEY UPDATE')
      const asking = caller.data(loginDocument, { username: 'ada', password })
      await waiting(holder, 1)
      const leaving = tab.data(logout)
      await waiting(holder, 2)
      deleteAfterSave(server, another)
      await holder.query('COMMIT')

      expect(await leaving).toEqual({ logout: { __typename: 'LogoutSuccess' } })
      expect((await asking).login.__typename).toBe('LoginSuccess')
      expect(await caller.data(look)).toEqual({
        me: isSignedIn ? { username: 'ada' } : null,
        cart: { totalQuantity: 0 },
      })
    },
  )
})

async function start(settings: Record<string, string>): Promise<TestServer> {
  const server = await startServer(settings)
  onTestFinished(() => server.stop())
  return server
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** Resolves once so many statements wait for the lock of another transaction. */
async function waiting(client: Client, wanted: number): Promise<void> {
  const count = `SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()`
  const look = async () => expect((await client.query(count)).rows).toEqual([{ count: wanted }])
  await vi.waitFor(look, { timeout: 10_000, interval: 20 })
}

/** Lets the logout delete the record once the login has saved its own: the login comes first from there on. */
function deleteAfterSave(login: TestServer, logout: TestServer): void {
  const [{ store }, { store: other }] = [login.app.settings, logout.app.settings]
  const { save } = store
  const { delete: remove } = other
  let isSaved = () => {}
  const saved = new Promise<void>((resolve) => (isSaved = resolve))
  Object.assign(store, {
    save: (...words: Parameters<typeof save>) => Promise.resolve(save(...words)).finally(isSaved),
  })
  Object.assign(other, {
    delete: async (...words: Parameters<typeof remove>) => {
      await saved
      return remove(...words)
    },
  })
}
