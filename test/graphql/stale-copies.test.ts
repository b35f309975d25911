import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { moveRecords } from '../../src/session/moving/move-all.ts'
import { startServer } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

const look = '{ me { username } session { keys } }'
const write =
  'mutation { setSessionValue(key: "acknowledged", value: 1) { __typename ... on Error { code } } }'

describe.skipIf(redisProgram === null)(
  'a cache that missed a write',
  { meta: { engine: 'the cached database, over Redis' } },
  () => {
    test(
      'no process believes a cache that missed a write: each sees what was acknowledged, before the cache is back and after',
      { tags: ['H6'] },
      async () => {
        const redis = await startRedis()
        const settings = {
          SESSION_ENGINE: 'cached-database',
          CACHE_URL: redis.url,
          SESSION_STORE_TIMEOUT: '1200',
          METRICS_PORT: '0',
        }
        const here = await startServer(settings)
        const there = await startServer({
          ...settings,
          DATABASE_URL: `file:${here.folder}/test.db`,
        })
        try {
          const visitor = await here.signedIn('reader')
          expect((await there.visitor(visitor.cookie).data(look)).session.keys).toEqual([])
          redis.pause()
          expect((await visitor.data(write)).setSessionValue.__typename).toBe('SessionSuccess')
          const seen = () =>
            Promise.all(
              [here, there].map(async (server) => server.visitor(visitor.cookie).data(look)),
            )
          const right = { me: { username: 'reader' }, session: { keys: ['acknowledged'] } }
          expect(await seen()).toEqual([right, right])
          // Visitors notice nothing; the operator does.
          const isUp = async () =>
            /dependency_up\{dependency="cache"\} (\d)/.exec(
              (await here.app.metrics?.text()) ?? '',
            )?.[1]
          await expect
            .poll(async () => (await here.visitor(visitor.cookie).data(look)) && isUp(), {
              timeout: 60_000,
            })
            .toBe('0')
          redis.resume()
          for (let round = 0; round < 8; round++) {
            expect(await seen()).toEqual([right, right])
            await delay(250)
          }
        } finally {
          redis.resume()
          await Promise.all([here.stop(), there.stop()])
          await redis.stop()
        }
      },
    )
  },
)

describe.each([
  {
    engine: 'the cached database, over Redis',
    isMissing: redisProgram === null,
    open: async () => {
      const { url, stop } = await startRedis()
      return { url, stop }
    },
  },
  {
    engine: 'the cached database, over Memcached',
    isMissing: memcachedProgram === null,
    open: async () => {
      const { name, stop } = await startMemcached()
      return { url: `memcached://${name}`, stop }
    },
  },
])('sessions that move between $engine, and that cache', ({ engine, isMissing, open }) => {
  test.skipIf(isMissing)(
    `a copy of ${engine} is not taken for the record, neither while servers know both engines nor by the move`,
    { meta: { engine } },
    async () => {
      const cache = await open()
      const cached = { SESSION_ENGINE: 'cached-database', CACHE_URL: cache.url }
      const before = await startServer(cached)
      const after = await startServer({
        CACHE_URL: cache.url,
        SESSION_ENGINE: 'cache',
        SESSION_ENGINE_PREVIOUS: 'cached-database',
        DATABASE_URL: `file:${before.folder}/test.db`,
      })
      const stores = await Promise.all(
        ['cached-database', 'cache'].map((name) => after.app.openEngine(name)),
      )
      try {
        const visitor = await before.signedIn('mover')
        await visitor.data(write)
        const right = { me: { username: 'mover' }, session: { keys: ['acknowledged'] } }
        expect(await after.visitor(visitor.cookie).data(look)).toEqual(right)
        const [from, to] = stores.map(({ store }) => store)
        const steps = []
        for await (const step of moveRecords({ from: from!, to: to!, now: Date.now }))
          steps.push(step)
        expect(steps.at(-1)).toMatchObject({ seen: 1, moved: 1 })
        expect(await after.visitor(visitor.cookie).data(look)).toEqual(right)
      } finally {
        await Promise.all(stores.map(({ store }) => store.close?.()))
        await Promise.all([before.stop(), after.stop()])
        await cache.stop()
      }
    },
  )
})
