import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askAndHold } from '../held-calls.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import type { MemcachedServer } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ me { username } cart { totalQuantity } }'
const end = 'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }'

const moving = { SESSION_ENGINE: 'cache', SESSION_ENGINE_PREVIOUS: 'database' }
const movingBack = { SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: 'cache' }

/** Where sessions are kept, and the database beside them. */
const media = [
  { name: 'database on SQLite', settings: { SESSION_ENGINE: 'database' } },
  { name: 'database on PostgreSQL', settings: { SESSION_ENGINE: 'database' }, isLarge: true },
  {
    name: 'cached-database on PostgreSQL',
    settings: { SESSION_ENGINE: 'cached-database' },
    isLarge: true,
    cache: 'Redis',
  },
  {
    name: 'Redis beside PostgreSQL',
    settings: { SESSION_ENGINE: 'cache' },
    isLarge: true,
    cache: 'Redis',
  },
  { name: 'Redis beside SQLite', settings: { SESSION_ENGINE: 'cache' }, cache: 'Redis' },
  { name: 'Memcached beside SQLite', settings: { SESSION_ENGINE: 'cache' }, cache: 'Memcached' },
  { name: 'files beside SQLite', settings: { SESSION_ENGINE: 'file' } },
  { name: 'two engines, on the way to Redis', settings: moving, cache: 'Redis' },
  { name: 'two engines, on the way from Redis', settings: movingBack, cache: 'Redis' },
] as const satisfies readonly Medium[]

interface Medium {
  readonly name: string
  readonly settings: Record<string, string>
  /** Is PostgreSQL the database? */
  readonly isLarge?: boolean
  readonly cache?: 'Redis' | 'Memcached'
}

describe.each<Medium>(media)('on $name', ({ name, settings, isLarge, cache }) => {
  const isMissing =
    (isLarge && postgresqlProgram === null) ||
    (cache === 'Redis' && redisProgram === null) ||
    (cache === 'Memcached' && memcachedProgram === null)
  let postgresql: PostgresqlServer | null = null
  let redis: RedisServer | null = null
  let memcached: MemcachedServer | null = null
  let server: TestServer

  beforeAll(async () => {
    if (isMissing) return
    if (isLarge) postgresql = await startPostgresql()
    if (cache === 'Redis') redis = await startRedis()
    if (cache === 'Memcached') memcached = await startMemcached()
    server = await startServer({
      ...settings,
      SESSION_FILE_PATH: mkdtempSync(join(tmpdir(), 'coatcheck-files-')),
      ...(postgresql && { DATABASE_URL: await postgresql.database() }),
      ...(redis && { CACHE_URL: redis.url }),
      ...(memcached && { CACHE_URL: `memcached://${memcached.name}` }),
    })
  })
  afterAll(async () => {
    await server?.stop()
    await Promise.all([postgresql?.stop(), redis?.stop(), memcached?.stop()])
  })

  test.skipIf(isMissing)(
    `on ${name}, a guest whom staff end goes on under no other key, at whichever call of the end they sign in`,
    async () => {
      const staff = await server.signedIn('warden', { isStaff: true })
      await server.signedIn('lamarr')
      let ends = 0
      for (let call = 1; ; call++) {
        const guest = server.visitor()
        await guest.data(addItem)
        const { session } = await guest.data('{ session { id } }')
        const ask = () => staff.data(end, session)
        const { isHeld, asking, letGo } = await askAndHold(server, call, ask, 'all')
        if (isHeld) await guest.data(loginDocument, { username: 'lamarr', password })
        letGo()
        const { deleteSession } = await asking
        const { me, cart } = await guest.data(look)
        // A login that comes after the end opens a new, empty session.
        const left = [call, deleteSession.__typename, cart.totalQuantity]
        expect(left).toEqual([call, 'RevokeSessionSuccess', 0])
        if (isHeld && me === null) ends++
        if (!isHeld) return expect([call > 4, ends > 0]).toEqual([true, true])
      }
    },
  )
})
