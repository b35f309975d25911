import { afterAll, beforeAll, describe } from 'vitest'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import type { MemcachedServer } from '../memcached-server.ts'
import { describePromises } from '../promises.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { describeTwoProcesses } from '../two-processes.ts'

describe.skipIf(redisProgram === null)('the cached database', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())

  const settings = () => ({ SESSION_ENGINE: 'cached-database', CACHE_URL: server.url })
  describePromises('the cached database, over Redis', settings)
  describeTwoProcesses('the cached database, over Redis', settings)
})

describe.skipIf(memcachedProgram === null)('the cached database', () => {
  let server: MemcachedServer
  beforeAll(async () => {
    server = await startMemcached()
  })
  afterAll(() => server?.stop())

  describePromises('the cached database, over Memcached', () => ({
    SESSION_ENGINE: 'cached-database',
    CACHE_URL: `memcached://${server.name}`,
  }))
})
