import { afterAll, beforeAll, describe } from 'vitest'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import type { MemcachedServer } from '../memcached-server.ts'
import { describePromises } from '../promises.ts'
import { describeTwoProcesses } from '../two-processes.ts'

describe.skipIf(memcachedProgram === null)('Memcached', () => {
  let server: MemcachedServer
  beforeAll(async () => {
    server = await startMemcached()
  })
  afterAll(() => server?.stop())

  const settings = () => ({ SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${server.name}` })
  describePromises('Memcached', settings)
  describeTwoProcesses('Memcached', settings)
})
