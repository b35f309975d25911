import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { runCommand, startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

const put = 'mutation { addCartItem(input: { sku: "mug" }) { __typename } }'
const logout = 'mutation { logout { session { id } } }'
const look = '{ session { id endReason } }'

const isMissing = redisProgram === null || postgresqlProgram === null

/** Guests whose sessions are in Redis, at two processes. The ways of the one that ends them lead through proxies. */
describe.skipIf(isMissing)('the end of a guest’s session', { meta: { engine: 'Redis' } }, () => {
  let folder: string
  let redis: RedisServer
  let postgresql: PostgresqlServer
  let toRedis: Proxy
  let toDatabase: Proxy
  let other: TestServer
  /** Of the process that ends sessions, and of those that no proxy is in the way of. */
  let settings: Record<string, string>
  let direct: Record<string, string>
  const processes: ServerProcess[] = []

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-words-'))
    redis = await startRedis()
    postgresql = await startPostgresql()
    toRedis = await openProxy(redis.port)
    toDatabase = await openProxy(postgresql.port)
    const databaseUrl = await postgresql.database()
    const own = { SESSION_ENGINE: 'cache', SECRET_KEY: 'only for processes of this test!' }
    direct = { ...own, CACHE_URL: redis.url, DATABASE_URL: databaseUrl }
    other = await startServer(direct)
    settings = {
      ...own,
      CACHE_URL: redis.url.replace(`:${redis.port}`, `:${toRedis.port}`),
      DATABASE_URL: databaseUrl.replace(`:${postgresql.port}`, `:${toDatabase.port}`),
    }
  })
  afterEach(() => {
    for (const way of [toRedis, toDatabase]) way?.heal()
  })
  afterAll(async () => {
    await Promise.all([other?.stop(), ...processes.map(({ stop }) => stop())])
    await Promise.all([toRedis?.close(), toDatabase?.close(), redis?.stop(), postgresql?.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  /** A process that ends sessions, and a guest, as both processes know them. */
  async function begin(
    own: Record<string, string> = {},
  ): Promise<{ ender: ServerProcess; there: Visitor; here: Visitor }> {
    const ender = await startProcess(folder, { ...settings, ...own })
    processes.push(ender)
    const here = other.visitor()
    await here.data(put)
    const there = createVisitor(`${ender.url}/graphql`, 'sessionid', here.cookie)
    expect((await there.data(look)).session.id).not.toBeNull()
    return { ender, there, here }
  }

  /** What reads the row of a guest's session, which holds its last word. */
  const wordOf = (id: string) => () => other.app.db.session.findUnique({ where: { id } })

  /** A guest whose process was killed in the middle of their logout: behind the last word, and before the end. */
  async function beginCutShort() {
    const { ender, there, here } = await begin()
    const { id } = (await here.data(look)).session
    toRedis.delay(1500)
    const leaving = there.send(logout).catch(() => null)
    const word = wordOf(id)
    await expect.poll(word, { timeout: 20_000 }).toMatchObject({ endReason: 'LOGOUT' })
    ender.child.kill('SIGKILL')
    await ender.ended
    toRedis.reset()
    toRedis.heal()
    await leaving
    return { id, here, word }
  }

  test('a guest’s session that is over by a logout says so from its first moment, at another process too', async () => {
    const { there, here } = await begin()
    toRedis.delay(700)
    const leaving = there.data(logout)
    const found = async () => (await here.data(look)).session
    let session = await found()
    while (session.id !== null) {
      await sleep(20)
      session = await found()
    }
    expect(session.endReason).toBe('LOGOUT')
    toRedis.heal()
    await leaving
  })

  test('a guest’s logout does not wait for a silent database: the session is over, and its last word comes late', async () => {
    const { there, here } = await begin({ SESSION_STORE_TIMEOUT: '60000' })
    const { id } = (await here.data(look)).session
    const found = async () => (await here.data(look)).session.id
    const word = wordOf(id)
    toDatabase.stall()
    const leaving = there.data(logout)
    await expect.poll(found, { timeout: 20_000 }).toBeNull()
    expect((await leaving).logout.session.id).toBeNull()
    expect(await word()).toBeNull()
    toDatabase.heal()
    await expect.poll(word, { timeout: 20_000 }).toMatchObject({ endReason: 'LOGOUT' })
    expect((await here.data(look)).session).toEqual({ id: null, endReason: 'LOGOUT' })
  })

  test('a guest whose logout was cut short by a kill is still there, and a login says REPLACED of the session before it', async () => {
    const { id, here } = await beginCutShort()
    expect((await here.data(look)).session).toEqual({ id, endReason: null })
    await other.signedIn('stays')
    const before = other.visitor(here.cookie)
    await here.data(loginDocument, { username: 'stays', password })
    expect((await before.data(look)).session).toEqual({ id: null, endReason: 'REPLACED' })
  })

  test('a guest whose logout fails because the cache is away goes on, and has no last word', async () => {
    const { there, here } = await begin()
    const { id } = (await here.data(look)).session
    toRedis.delay(700)
    const leaving = there.send(logout)
    const word = wordOf(id)
    await expect.poll(word, { timeout: 20_000 }).toMatchObject({ endReason: 'LOGOUT' })
    toRedis.cut()
    const [error] = (await leaving).errors ?? []
    expect(error?.extensions.code).toBe('SESSION_STORE_UNAVAILABLE')
    toRedis.heal()
    await expect.poll(word).toBeNull()
    expect((await here.data(look)).session).toEqual({ id, endReason: null })
  })

  const toDatabaseEngine = { SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: 'cache' }
  const move = () => runCommand(folder, ['sessions', 'migrate'], { ...direct, ...toDatabaseEngine })
  const afterTheMove = async (cookie: string | null) => {
    const server = await startProcess(folder, { ...direct, SESSION_ENGINE: 'database' })
    processes.push(server)
    return createVisitor(`${server.url}/graphql`, 'sessionid', cookie).data(look)
  }

  test('a guest whose logout was cut short by a kill half a minute ago has their session after a move to the database, and no last word', async () => {
    const { id, here, word } = await beginCutShort()
    expect((await move()).output).toMatch(/^Moved \d+ /)
    expect(await word()).toMatchObject({ endReason: 'LOGOUT' }) // it may be of a logout that is under way
    const endedAt = new Date(Date.now() - 31_000)
    await other.app.db.session.update({ where: { id }, data: { endedAt } })
    expect(await move()).toMatchObject({ code: 0, errors: '' })
    expect((await afterTheMove(here.cookie)).session).toEqual({ id, endReason: null })
    expect(await word()).toMatchObject({ endedAt: null, endReason: null })
  })

  test('a guest’s session that is to move to the database between the last word of its logout and its end is over, and says why', async () => {
    const { there, here } = await begin({
      ...toDatabaseEngine,
      SESSION_STORE_TIMEOUT: '30000',
      GRAPHQL_TIMEOUT: '60',
    })
    const { id } = (await here.data(look)).session
    toRedis.delay(1500)
    const leaving = there.data(logout)
    const word = wordOf(id)
    await expect.poll(word, { timeout: 20_000 }).toMatchObject({ endReason: 'LOGOUT' })
    toRedis.stall()
    expect(await move()).toMatchObject({ code: 0, errors: '' })
    toRedis.heal()
    await leaving
    expect(await word()).toMatchObject({ endReason: 'LOGOUT' })
    expect((await afterTheMove(here.cookie)).session).toEqual({ id: null, endReason: 'LOGOUT' })
  })
})
