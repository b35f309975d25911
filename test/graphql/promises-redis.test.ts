import { afterAll, beforeAll, describe } from 'vitest'
import { describePromises } from '../promises.ts'
import { redisProgram, startRedis, startRedisCluster } from '../redis-server.ts'
import type { RedisCluster, RedisServer } from '../redis-server.ts'
import { describeTwoProcesses } from '../two-processes.ts'

describe.skipIf(redisProgram === null)('Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())

  const settings = () => ({ SESSION_ENGINE: 'cache', CACHE_URL: server.url })
  describePromises('Redis', settings)
  describeTwoProcesses('Redis', settings)
  describeTwoProcesses('Redis', settings, { processes: 5, bus: 'late' })
})

describe.skipIf(redisProgram === null)('a cluster of Redis', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster?.stop())

  const settings = () => ({ SESSION_ENGINE: 'cache', CACHE_URL: cluster.url })
  describePromises('a cluster of Redis', settings)
  describeTwoProcesses('a cluster of Redis', settings)
})
