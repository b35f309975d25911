import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SessionStoreUnavailable } from '../src/refusals.ts'
import type { SessionId } from '../src/session/key.ts'
import { moveRecord } from '../src/session/moving/move.ts'
import type { Dependency } from '../src/waiting/dependency.ts'
import { openProxy } from './chaos/proxy.ts'
import type { Proxy } from './chaos/proxy.ts'
import { loginDocument, password, startServer } from './harness.ts'
import type { TestServer, Visitor } from './harness.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import type { PostgresqlServer } from './postgresql-server.ts'
import { redisProgram, startRedis } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'
import { playSteps } from './session/orders.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ me { username } session { id } cart { totalQuantity } }'
const logout = 'mutation { logout { session { id } } }'
const endOne = 'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }'

/** Whom the visitor's cookie opens a session for, and what is in the cart; the code of an error otherwise. */
async function seen(visitor: Visitor) {
  const { data, errors, setCookie } = await visitor.send(look)
  if (errors) return [errors[0].extensions.code, setCookie.length]
  return data.session.id === null ? null : [data.me?.username ?? 'guest', data.cart.totalQuantity]
}

const outcome = async (visitor: Visitor, query: string, variables?: object) =>
  (await visitor.send(query, variables)).errors?.[0].extensions.code ?? 'done'

const unavailable = 'SESSION_STORE_UNAVAILABLE'
const byOperator = { actorId: null, sessionId: null, client: null }
const away = [unavailable, 0]

async function readyOf({ url }: TestServer) {
  const answer = await fetch(`${url}/ready`)
  return [answer.status, await answer.json()]
}

/** A server whose engine is the first of the two, and one where it is the second, on the same settings. */
async function startBoth(engines: readonly [string, string], settings: Record<string, string>) {
  const [one, other] = engines
  const start = (engine: string, previous: string) =>
    startServer({ ...settings, SESSION_ENGINE: engine, SESSION_ENGINE_PREVIOUS: previous })
  return { [one]: await start(one, other), [other]: await start(other, one) }
}

/** A guest of `server`, with one thing in the cart. */
async function guestOf(server: TestServer): Promise<Visitor> {
  const guest = server.visitor()
  await guest.data(addItem)
  return guest
}

async function userOf(server: TestServer, username: string): Promise<Visitor> {
  const user = await server.signedIn(username)
  await user.data(addItem)
  return user
}

const idOf = async (visitor: Visitor) => (await visitor.data(look)).session.id as SessionId

/** The cookie of `visitor`, sent to `server`. */
const at = (server: TestServer, { cookie }: Visitor) => server.visitor(cookie)

describe.each(
  (['database', 'file'] as const).flatMap((kept) =>
    (['new', 'old'] as const).flatMap((order) =>
      (['stopped', 'killed'] as const).map((how) => ({ kept, order, how })),
    ),
  ),
)('sessions between $kept and Redis, which is the $order engine and $how', (run) => {
  const { kept, order, how } = run
  let redis: RedisServer
  let folder: string
  let servers: Record<string, TestServer>

  beforeAll(async () => {
    if (redisProgram === null) return
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-apart-'))
    mkdirSync(join(folder, 'sessions'), { mode: 0o700 })
    redis = await startRedis({ settings: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    servers = await startBoth([kept, 'cache'], {
      DATABASE_URL: `file:${join(folder, 'apart.db')}`,
      SESSION_FILE_PATH: join(folder, 'sessions'),
      CACHE_URL: redis.url,
      SESSION_STORE_TIMEOUT: '3000',
    })
  })
  afterAll(async () => {
    redis?.resume()
    await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()))
    await redis?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  test.skipIf(redisProgram === null)(
    `while Redis is the ${order} engine and ${how}, visitors whose sessions are in ${kept === 'file' ? 'files' : 'the database'} go on, those who may have one in Redis are told 503, and nothing that ended comes back`,
    async () => {
      const [keeper, cache] = [servers[kept]!, servers['cache']!]
      const server = order === 'new' ? cache : keeper
      const staff = at(server, await keeper.signedIn('warden', { isStaff: true }))
      const guest = at(server, await guestOf(keeper))
      const other = at(server, await guestOf(keeper))
      const leaving = at(server, await guestOf(keeper))
      const user = at(server, await userOf(keeper, 'ada'))
      const leaver = at(server, await userOf(keeper, 'bea'))
      const revoked = at(server, await userOf(keeper, 'cleo'))
      const far = at(server, await guestOf(cache))
      const farUser = at(server, await userOf(cache, 'dora'))
      const farRevoked = at(server, await userOf(cache, 'elsa'))
      await userOf(cache, 'fay')
      const fayNear = keeper.visitor()
      await fayNear.data(loginDocument, { username: 'fay', password })
      const fayId = await idOf(fayNear)
      const half = at(server, await guestOf(keeper))
      const [revokedId, farRevokedId] = [await idOf(revoked), await idOf(farRevoked)]
      const halfId = await idOf(half)
      // Killed when the record has been marked as leaving.
      const [from, to] = [await keeper.app.openEngine(kept), await cache.app.openEngine('cache')]
      const move = async ({ a, b }: { a: typeof from.store; b: typeof from.store }) =>
        void (await moveRecord({ from: a, to: b, now: Date.now }, halfId))
      await playSteps([move], { a: from.store, b: to.store }, () => 0, 3)
      await Promise.all([to.store.close?.(), from.store.close?.()])

      if (how === 'stopped') redis.pause()
      else await redis.kill()
      const name = order === 'new' ? 'store' : 'previousStore'
      const dependency: Dependency = server.app.dependencies.at(order === 'new' ? 1 : -1)!
      await expect
        .poll(async () => [await seen(far), dependency.isDown], { timeout: 30_000 })
        .toEqual([away, true])

      // Where Redis carries the bus too, that is down as well.
      const [status, says] = await readyOf(server)
      expect([status, says]).toMatchObject([200, { status: 'ready', [name]: 'down' }])
      expect(await seen(guest)).toEqual(['guest', 1])
      expect(await outcome(guest, addItem)).toBe('done')
      expect(await seen(guest)).toEqual(['guest', 2])
      expect(await outcome(user, addItem)).toBe('done')
      expect(await seen(user)).toEqual(['ada', 2])

      // What cannot be erased is not said to be: the record in Redis has the name of its user.
      const erasing = server.app.users.delete({ username: 'fay' }, byOperator)
      await expect(erasing).rejects.toThrow(SessionStoreUnavailable)

      // What ends in the meantime is over at once, wherever its record is.
      const left = at(server, leaver)
      expect(await outcome(leaver, logout)).toBe('done')
      expect(await seen(left)).toBeNull()
      expect(await outcome(staff, endOne, { id: revokedId })).toBe('done')
      expect(await seen(revoked)).toBeNull()
      expect(await outcome(staff, endOne, { id: farRevokedId })).toBe('done')
      expect(await seen(farRevoked)).toBeNull()

      // The engine that answers keeps no record of them.
      const near = await keeper.app.openEngine(kept)
      for (const id of [fayId, revokedId]) expect(await near.store.load(id)).toBeNull()
      await near.store.close?.()
      const gone = at(server, leaving)
      expect(await outcome(leaving, logout)).toBe(kept === 'file' ? 'done' : unavailable)

      // A new session, and a new key, are made in the new engine.
      const isMade = order === 'old'
      const newcomer = server.visitor()
      expect(await outcome(newcomer, addItem)).toBe(isMade ? 'done' : unavailable)
      const login = { username: 'dora', password }
      expect(await outcome(other, loginDocument, login)).toBe(isMade ? 'done' : unavailable)
      expect(await seen(other)).toEqual([isMade ? 'dora' : 'guest', 1])

      for (const each of [far, farUser, half]) {
        expect(await seen(each)).toEqual(away)
        expect(await outcome(each, addItem)).toBe(unavailable)
      }

      if (how === 'stopped') redis.resume()
      else await redis.restart()
      await expect
        .poll(async () => [await seen(far), dependency.isDown], { timeout: 30_000 })
        .toEqual([['guest', 1], false])
      const [, saysAgain] = await readyOf(server)
      expect(saysAgain).toHaveProperty('status', 'ready')
      expect(saysAgain).not.toHaveProperty(name)
      for (const both of [keeper, cache]) {
        const found = (visitor: Visitor) => seen(at(both, visitor))
        // Each server finds out by itself that Redis is back.
        await expect.poll(() => found(farUser), { timeout: 30_000 }).toEqual(['dora', 1])
        expect(await found(guest)).toEqual(['guest', 2])
        expect(await found(user)).toEqual(['ada', 2])
        expect(await found(other)).toEqual([isMade ? 'dora' : 'guest', 1])
        expect(await found(newcomer)).toEqual(isMade ? ['guest', 1] : null)
        expect(await found(half)).toEqual(['guest', 1])
        for (const over of [left, revoked, farRevoked, gone]) expect(await found(over)).toBeNull()
      }
      const lines = server.logs.map(({ msg }) => msg)
      const spoken = order === 'new' ? 'The session store' : 'The previous session store'
      expect(lines).toContain(`${spoken} is down: callers are answered at once`)
      expect(lines).toContainEqual(expect.stringMatching(`^${spoken} is back after`))
      expect(lines).not.toContainEqual(expect.stringMatching('^The database'))
    },
  )
})

describe.each(['old', 'new'] as const)(
  'sessions between Redis and the database, which is the %s engine and cut off',
  (order) => {
    const isMissing = redisProgram === null || postgresqlProgram === null
    let redis: RedisServer
    let postgresql: PostgresqlServer
    let proxy: Proxy
    let servers: Record<string, TestServer>

    beforeAll(async () => {
      if (isMissing) return
      redis = await startRedis()
      postgresql = await startPostgresql()
      proxy = await openProxy(postgresql.port)
      const url = await postgresql.database()
      servers = await startBoth(['database', 'cache'], {
        DATABASE_URL: url.replace(`:${postgresql.port}/`, `:${proxy.port}/`),
        CACHE_URL: redis.url,
        SESSION_STORE_TIMEOUT: '3000',
      })
    })
    afterAll(async () => {
      await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()))
      await Promise.all([proxy?.close(), redis?.stop()])
      await postgresql?.stop()
    })

    test.skipIf(isMissing)(
      `while the database is the ${order} engine and cut off, guests whose sessions are in Redis go on, and all others are told 503`,
      async () => {
        const [rows, cache] = [servers['database']!, servers['cache']!]
        const server = order === 'new' ? rows : cache
        const guest = at(server, await guestOf(cache))
        const leaving = at(server, await guestOf(cache))
        const user = at(server, await userOf(cache, 'ada'))
        const far = at(server, await guestOf(rows))

        proxy.cut()
        await expect
          .poll(async () => [await seen(far), server.app.dependencies[0]!.isDown], {
            timeout: 30_000,
          })
          .toEqual([away, true])
        expect(await readyOf(server)).toEqual([
          503,
          { status: 'unavailable', failed: ['database'] },
        ])
        expect(await outcome(guest, addItem)).toBe('done')
        expect(await seen(guest)).toEqual(['guest', 2])
        const gone = at(server, leaving)
        expect(await outcome(leaving, logout)).toBe('done')
        for (const each of [user, far, server.visitor()])
          expect(await outcome(each, addItem)).toBe(unavailable)
        expect(await seen(user)).toEqual(away)

        proxy.heal()
        await expect.poll(() => seen(far), { timeout: 30_000 }).toEqual(['guest', 1])
        for (const both of [rows, cache]) {
          const found = (visitor: Visitor) => seen(at(both, visitor))
          await expect.poll(() => found(user), { timeout: 30_000 }).toEqual(['ada', 1])
          expect(await found(guest)).toEqual(['guest', 2])
          expect(await found(gone)).toBeNull()
        }
      },
    )
  },
)
