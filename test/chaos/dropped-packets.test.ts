import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { canMakeNetworks, openNamespace } from './namespace.ts'
import type { Cable, Namespace } from './namespace.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id } cart { items { sku } } }'
const logout = 'mutation { logout { session { id } } }'

const isMissing = !canMakeNetworks || postgresqlProgram === null || redisProgram === null

describe.skipIf(isMissing)('a process in a network whose packets vanish', () => {
  let folder: string
  let postgresql: PostgresqlServer
  let redis: RedisServer
  let network: Namespace
  let toCache: Cable
  let toDatabase: Cable
  let cutOff: ServerProcess
  let other: TestServer
  let rounds = 0

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-dropped-'))
    ;[postgresql, redis] = await Promise.all([startPostgresql(), startRedis()])
    network = await openNamespace([redis.port, postgresql.port])
    ;[toCache, toDatabase] = network.cables as [Cable, Cable]
    const url = await postgresql.database()
    const common = {
      SESSION_ENGINE: 'cache',
      SESSION_STORE_TIMEOUT: '1000',
      SECRET_KEY: 'only for processes of this test!',
    }
    other = await startServer({ ...common, DATABASE_URL: url, CACHE_URL: redis.url })
    const settings = {
      ...common,
      HOST: network.host,
      DATABASE_URL: url.replace(`127.0.0.1:${postgresql.port}`, toDatabase.address),
      CACHE_URL: `redis://${toCache.address}`,
    }
    cutOff = await startProcess(folder, settings, resolve('dist/main.js'), network.enter)
  })
  afterEach(() => {
    for (const cable of network.cables) cable.heal()
  })
  afterAll(async () => {
    await Promise.all([cutOff?.stop(), other?.stop()])
    await network?.close()
    await Promise.all([postgresql?.stop(), redis?.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  const visitor = (cookie: string | null) =>
    createVisitor(`${cutOff.url}/graphql`, 'sessionid', cookie)
  const ready = async () => {
    const answer = await fetch(`${cutOff.url}/ready`)
    return { status: answer.status, body: await answer.json() }
  }

  test.each([
    ['cache', 'store', () => toCache, 503],
    ['database', 'database', () => toDatabase, 200],
  ] as const)(
    'a process whose packets to its %s vanish says so, answers 503 to those whom it cannot know, and loses and brings back nothing',
    { tags: ['H2', 'H10', 'C4'] },
    async (_what, failed, cable, statusOfGuests) => {
      const round = ++rounds
      const there = await other.signedIn(`here${round}`)
      const leaver = await other.signedIn(`leaver${round}`)
      const guest = other.visitor()
      await guest.data(add, { sku: 'guest' })
      await there.data(add, { sku: 'before' })
      const here = visitor(there.cookie)
      const copy = visitor(leaver.cookie)
      expect((await here.data(look)).me).toEqual({ username: `here${round}` })
      expect((await copy.data(look)).me).toEqual({ username: `leaver${round}` })

      cable().drop()
      const refused = await here.send(add, { sku: 'refused' })
      expect([refused.status, refused.errors?.[0].extensions.code]).toEqual([
        503,
        'SESSION_STORE_UNAVAILABLE',
      ])
      expect(refused.setCookie).toEqual([])
      expect((await here.send('{ __typename }')).status).toBe(200)
      await expect
        .poll(ready, { timeout: 30_000 })
        .toEqual({ status: 503, body: { status: 'unavailable', failed: [failed] } })
      // The cart of a guest is in the cache alone.
      expect((await visitor(guest.cookie).send(look)).status).toBe(statusOfGuests)
      await there.data(add, { sku: 'meanwhile' })
      await leaver.data(logout)

      cable().heal()
      await expect.poll(async () => (await here.send(look)).status, { timeout: 30_000 }).toBe(200)
      const { cart } = await here.data(look)
      const skus = cart.items.map(({ sku }: { sku: string }) => sku)
      expect(skus).toEqual(expect.arrayContaining(['before', 'meanwhile']))
      if (!/may have been stored/.test(refused.errors?.[0].message))
        expect(skus).not.toContain('refused')
      expect(await copy.data(look)).toMatchObject({ me: null, session: { id: null } })
    },
  )
})
