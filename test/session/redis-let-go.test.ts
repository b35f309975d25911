import { once } from 'node:events'
import { expect, test } from 'vitest'
import { parseRedisAddress } from '../../src/session/stores/redis-address.ts'
import { clientsFor } from '../../src/session/stores/redis-client.ts'
import { letGo } from '../../src/session/stores/redis-health.ts'
import { redisProgram, startRedis, startRedisCluster } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

/** How many connections these have, all but those that ask. */
async function connectionsOf(nodes: readonly RedisServer[]): Promise<number> {
  const lists = await Promise.all(nodes.map((node) => node.send('CLIENT', 'LIST')))
  return lists.join('\n').match(/ cmd=(?!client\|list)/g)?.length ?? 0
}

test.skipIf(redisProgram === null)(
  'a client that is let go while it connects to Redis leaves no connection open, so that its process can end',
  { meta: { engine: 'Redis' } },
  async () => {
    const redis = await startRedis()
    try {
      const client = await clientsFor(parseRedisAddress(redis.url), 5000, 0)()
      const connecting = client.on('error', () => {}).connect()
      letGo(client)
      await connecting.catch(() => null)
      await expect.poll(() => connectionsOf([redis])).toBe(0)
    } finally {
      await redis.stop()
    }
  },
)

test.skipIf(redisProgram === null)(
  'a client of a cluster that is let go while it connects to a node leaves no connection open, so that its process can end',
  { meta: { engine: 'a cluster of Redis' } },
  async () => {
    const cluster = await startRedisCluster()
    try {
      const create = clientsFor(parseRedisAddress(cluster.url), 5000, 0)
      for (let turns = 0; turns < 20; turns++) {
        const client = await create()
        await client
          .on('error', () => {})
          .on('node-error', () => {})
          .connect()
        const asked = client.get('coatcheck:session:closing').catch(() => null)
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        letGo(client)
        await Promise.race([asked, once(AbortSignal.timeout(1000), 'abort')])
      }
      await expect.poll(() => connectionsOf(cluster.nodes)).toBe(0)
    } finally {
      await cluster.stop()
    }
  },
)
