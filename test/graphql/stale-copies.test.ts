import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
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
