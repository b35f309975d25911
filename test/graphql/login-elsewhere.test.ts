import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openProxy } from '../chaos/proxy.ts'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const look = '{ me { username } session { endReason } }'
const signedIn = { me: { username: 'ada' }, session: { endReason: null } }

describe.skipIf(postgresqlProgram === null)('on PostgreSQL', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(() => postgresql?.stop())

  test.each(['database', 'file'])(
    'the key from before a login, on the engine %s, opens nothing once it was replaced, though a process that was cut off in an earlier login takes that back later',
    async (engine) => {
      const { other, cookie, clock, heal } = await cutOffInLogin(engine)
      const again = other.visitor(cookie)
      await again.data(loginDocument, { username: 'ada', password })
      heal()
      const mine = () => other.app.db.session.count({ where: { userId: { not: null } } })
      await vi.waitFor(async () => expect(await mine()).toBe(1), { timeout: 10_000 })

      clock.advance(31_000) // until then the key from before opens what a change of key has not finished
      expect(await again.data(look)).toEqual(signedIn)
      expect(await other.visitor(cookie).data(look)).toEqual({
        me: null,
        session: { endReason: 'REPLACED' },
      })
    },
  )

  test('with signed cookies, a process that was cut off in a login does not undo a logout by another later', async () => {
    const { other, cutOff, cookie, heal } = await cutOffInLogin('signed-cookies')
    const { logout } = await other.visitor(cookie).data('mutation { logout { __typename } }')
    expect(logout.__typename).toBe('LogoutSuccess')
    heal()
    const present = async () => (await cutOff.visitor(cookie).send(look)).data
    const over = { me: null, session: { endReason: 'REPLACED' } }
    await vi.waitFor(async () => expect(await present()).toEqual(over), { timeout: 10_000 })
    await delay(1500) // longer than it pauses between two attempts
    expect(await present()).toEqual(over)
  })

  /** A process is cut off from PostgreSQL once that has stored a login of a visitor who is signed in, and before it says so. */
  async function cutOffInLogin(engine: string) {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-elsewhere-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const clock = createClock()
    const url = await postgresql.database()
    const way = await openProxy(postgresql.port)
    onTestFinished(() => way.close())
    const start = async (DATABASE_URL: string) => {
      const settings = {
        DATABASE_URL,
        SESSION_ENGINE: engine,
        SESSION_FILE_PATH: folder,
        SECRET_KEY: 'only for two processes of this test!!',
      }
      const server = await startServer(settings, { now: clock.now })
      onTestFinished(() => server.stop())
      return server
    }
    const other = await start(url)
    const cutOff = await start(url.replace(`:${postgresql.port}`, `:${way.port}`))
    const visitor = await cutOff.signedIn('ada')
    const { cookie } = visitor
    const { statements } = cutOff.app.db
    const { transaction } = statements
    statements.transaction = async (work) => {
      statements.transaction = transaction
      await transaction(work)
      way.cut()
      return transaction(work)
    }
    const { errors } = await visitor.send(loginDocument, { username: 'ada', password })
    expect(errors).toMatchObject([{ extensions: { code: 'SESSION_STORE_UNAVAILABLE' } }])
    return { other, cutOff, cookie, clock, heal: () => way.heal() }
  }
})
