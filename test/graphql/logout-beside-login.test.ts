import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { createPromise } from '../../src/waiting/open-promise.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const logout = 'mutation { logout { __typename } }'
const look = '{ me { username } cart { totalQuantity } }'

/**
 * Which of the two ends the old record first, once the login's transaction is over, and whether the session that follows is
 * signed in: a login after the logout opens an empty one.
 */
const engines = [
  ['database', 'logout', true],
  ['database', 'login', false],
  ['file', 'login', false],
  ['signed-cookies', 'login', false],
] as const

describe.skipIf(postgresqlProgram === null)('on PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(() => postgresql?.stop())

  test.each(engines)(
    'a logout on the engine %s that waits for the transaction of a login of the same session ends what was in it under the new key too, where the %s ends the old record first',
    async (engine, first, isSignedIn) => {
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
      const [ofLogin] = await waiting(holder, 1)
      const leaving = tab.data(logout)
      const ofLogout = (await waiting(holder, 2)).find((pid) => pid !== ofLogin)
      const { saved } = order(first, server, another)
      const isHeld = engine === 'database' && first === 'login'
      // There the statement for which the logout waits is the end of the record itself.
      if (isHeld) process.kill(ofLogout!, 'SIGSTOP')
      await holder.query('COMMIT')
      if (isHeld) await saved.finally(() => process.kill(ofLogout!, 'SIGCONT'))

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

/** Resolves with the processes of PostgreSQL that wait for the lock of another transaction, once there are so many. */
async function waiting(client: Client, wanted: number): Promise<number[]> {
  const query = `SELECT pid FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()`
  let pids: number[] = []
  const look = async () => {
    pids = (await client.query<{ pid: number }>(query)).rows.map((row) => row.pid)
    expect(pids).toHaveLength(wanted)
  }
  await vi.waitFor(look, { timeout: 10_000, interval: 20 })
  return pids
}

/**
 * Makes one of the two the first to end the old record. The login does that by a save, and the logout by a deletion, before
 * which the roster has ended the session. Resolves `saved` once the login has done it.
 */
function order(
  first: 'login' | 'logout',
  login: TestServer,
  logout: TestServer,
): { readonly saved: Promise<void> } {
  const [{ store }, { store: other }] = [login.app.settings, logout.app.settings]
  const { save } = store
  const { delete: remove } = other
  const saved = createPromise<void>()
  const ended = createPromise<void>()
  Object.assign(store, {
    save: async (...words: Parameters<typeof save>) => {
      if (first === 'logout') await ended.promise
      return Promise.resolve(save(...words)).finally(saved.resolve)
    },
  })
  Object.assign(other, {
    delete: async (...words: Parameters<typeof remove>) => {
      ended.resolve()
      if (first === 'login') await saved.promise
      return remove(...words)
    },
  })
  return { saved: saved.promise }
}
