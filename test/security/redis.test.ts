import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { idOf, parseKey } from '../../src/session/key.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const look = '{ me { username } session { id keys } }'
const write =
  'mutation ($value: JSON!) { setSessionValue(key: "note", value: $value) { __typename ... on Error { code } } }'
const logout = 'mutation { logout { session { id } } }'

describe.skipIf(redisProgram === null)('sessions in Redis', { meta: { engine: 'Redis' } }, () => {
  let redis: RedisServer
  let server: TestServer
  beforeAll(async () => {
    redis = await startRedis()
    server = await startServer({ SESSION_ENGINE: 'cache', CACHE_URL: redis.url })
  })
  afterAll(async () => {
    await server?.stop()
    await redis?.stop()
  })

  test(
    'a Redis without room refuses writes aloud, and still reads and signs out',
    { tags: ['H8'] },
    async () => {
      const visitor = await server.signedIn('full')
      await visitor.data(write, { value: 'before' })
      await redis.send('CONFIG', 'SET', 'maxmemory', '1')
      try {
        const { status, errors, setCookie } = await visitor.send(write, { value: 'after' })
        expect([status, setCookie]).toEqual([503, []])
        expect(errors).toMatchObject([{ extensions: { code: 'SESSION_STORE_UNAVAILABLE' } }])
        const value = '{ me { username } session { value(key: "note") } }'
        expect(await visitor.data(value)).toEqual({
          me: { username: 'full' },
          session: { value: 'before' },
        })
        const copy = server.visitor(visitor.cookie)
        expect((await visitor.send(logout)).status).toBe(200)
        expect(await copy.data(look)).toMatchObject({ me: null, session: { id: null } })
      } finally {
        await redis.send('CONFIG', 'SET', 'maxmemory', '0')
      }
    },
  )

  test(
    'the start reports a Redis that would throw live sessions away',
    { tags: ['H9'] },
    async () => {
      const settings = ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']
      const careless = await startRedis({ settings })
      const warned = await startServer({ SESSION_ENGINE: 'cache', CACHE_URL: careless.url })
      expect(warned.logs.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
        expect.stringContaining('allkeys-lru'),
      ])
      await warned.stop()
      await careless.stop()
    },
  )

  test(
    'the store opens connections that Redis closes again, and signs no visitor out',
    { tags: ['H10'] },
    async () => {
      const visitor = await server.signedIn('cut')
      for (let round = 0; round < 5; round++) {
        await redis.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        await expect.poll(async () => (await visitor.send(look)).status).toBe(200)
        expect((await visitor.data(look)).me).toEqual({ username: 'cut' })
      }
    },
  )

  test(
    'what other programs keep in the same Redis is no session, and no session of ours is theirs',
    { tags: ['H20'] },
    async () => {
      const owner = server.visitor()
      await owner.data(write, { value: 'mine' })
      const { id } = (await owner.data(look)).session
      const names = (await redis.send('KEYS', `*${id}*`))
        .split('\r\n')
        .filter((line) => line.includes(id))
      expect(names).toEqual([`coatcheck:session:${id}`])
      const text = (await redis.send('GET', names[0]!)).replace(/^\$\d+\r\n/, '')

      const key = 'A'.repeat(43)
      const other = idOf(parseKey(key)!)
      for (const name of [
        other,
        `coatcheck:${other}`,
        `session:${other}`,
        `:1:coatcheck:session:${other}`,
      ])
        await redis.send('SET', name, text)
      await redis.send('SET', id, 'somebody else’s')
      const seen = async () => (await server.visitor(key).data(look)).session.keys
      expect(await seen()).toEqual([])
      expect((await owner.data(look)).session.keys).toEqual(['note'])
      // Under the one name that is a session's, the same text opens one.
      await redis.send('SET', `coatcheck:session:${other}`, text)
      expect(await seen()).toEqual(['note'])
    },
  )

  test(
    'a logout that Redis did not get is answered as no success, and the session is over all the same',
    { tags: ['H5'] },
    async () => {
      const hasty = await startServer({
        SESSION_ENGINE: 'cache',
        CACHE_URL: redis.url,
        SESSION_STORE_TIMEOUT: '1000',
      })
      const visitor = await hasty.signedIn('leaving')
      const copy = hasty.visitor(visitor.cookie)
      redis.pause()
      try {
        const { status, setCookie } = await visitor.send(logout)
        expect([status, setCookie]).toEqual([503, []])
      } finally {
        redis.resume()
      }
      await expect.poll(async () => (await copy.send(look)).status).toBe(200)
      // It may have been carried out; then it holds. The next one is answered with success, and holds in any case.
      await copy.data(logout)
      for (const cookie of [visitor.cookie, copy.cookie])
        expect((await hasty.visitor(cookie).data(look)).me).toBeNull()
      await hasty.stop()
    },
  )
})

describe.skipIf(redisProgram === null)(
  'copies in Redis',
  { meta: { engine: 'the cached database, over Redis' } },
  () => {
    test('losing the copies in Redis signs no visitor out', { tags: ['H7'] }, async () => {
      const redis = await startRedis()
      const server = await startServer({ SESSION_ENGINE: 'cached-database', CACHE_URL: redis.url })
      try {
        const first = await server.signedIn('many')
        const others = Array.from({ length: 20 }, () => server.visitor())
        await Promise.all(others.map((other) => other.data(write, { value: 'guest' })))
        await first.data(write, { value: 'user' })
        expect(await redis.send('DBSIZE')).not.toBe(':0')
        await redis.send('FLUSHALL')
        expect(await first.data(look)).toMatchObject({
          me: { username: 'many' },
          session: { keys: ['note'] },
        })
        for (const other of others) expect((await other.data(look)).session.keys).toEqual(['note'])
      } finally {
        await server.stop()
        await redis.stop()
      }
    })
  },
)
