import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openProxy } from '../chaos/proxy.ts'
import type { TestServer } from '../harness.ts'
import { redisProgram, startRedis, startRedisCluster } from '../redis-server.ts'
import { startRedisSentinels } from '../redis-sentinels.ts'
import type { RedisServer } from '../redis-server.ts'
import { expectEnd, expectEnded, startOne, untilUp, watchFrom } from './scenes.ts'

/** Two servers on one SQLite file, whose bus is the Redis at `url`. */
async function startTwo(url: string) {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bus-'))
  const settings = { DATABASE_URL: `file:${join(folder, 'bus.db')}`, CACHE_URL: url }
  const servers: [TestServer, TestServer] = [await startOne(settings), await startOne(settings)]
  return {
    servers,
    settings,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describe.skipIf(redisProgram === null)('the bus over Redis', () => {
  let redis: RedisServer
  let two: Awaited<ReturnType<typeof startTwo>>
  let here: TestServer
  let there: TestServer
  beforeAll(async () => {
    redis = await startRedis()
    two = await startTwo(redis.url)
    ;[here, there] = two.servers
  })
  afterAll(async () => {
    await two?.stop()
    await redis?.stop()
  })

  test(
    'an end on one process ends the stream of another, over Redis',
    { tags: ['E24'] },
    async () => {
      expect(here.app.bus.kind).toBe('redis')
      expect(here.app.bus.state.lag).toBeGreaterThan(0)
      await expectEnd(await watchFrom(here, there))
    },
  )

  test('a bus whose connections Redis ends comes up again, and its streams look for what it missed', async () => {
    const watched = await watchFrom(here, there)
    const since = there.app.bus.state.since
    await there.app.db.session.updateMany({ data: { endedAt: new Date(), endReason: 'LOGOUT' } })
    await redis.send('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await expectEnded(watched.events)
    await vi.waitUntil(() => there.app.bus.state.since > since, 60_000)
    await untilUp(here)
    await expectEnd(await watchFrom(there, here))
  })

  test('an end while Redis is away ends the stream on another process once Redis is back', async () => {
    const watched = await watchFrom(here, there)
    await redis.kill()
    await vi.waitUntil(() => !here.app.bus.state.isUp && !there.app.bus.state.isUp, 60_000)
    await watched.visitor.data('mutation { logout { __typename } }')
    await redis.restart()
    await expectEnded(watched.events)
    await untilUp(here)
    await untilUp(there)
    await expectEnd(await watchFrom(here, there))
  })

  test('applications with different databases do not hear each other, though they share one Redis', async () => {
    const stranger = await startTwo(redis.url)
    const recheck = vi.spyOn(stranger.servers[0].app.events, 'recheck')
    here.app.bus.publishAll()
    await expectEnd(await watchFrom(here, there))
    await expectEnd(await watchFrom(...stranger.servers))
    expect(recheck).not.toHaveBeenCalled()
    await stranger.stop()
  })

  test('/ready names a bus that is down, and says that the server is ready all the same', async () => {
    await redis.kill()
    const ready = async () => {
      const answer = await fetch(`${here.url}/ready`)
      return { status: answer.status, body: await answer.json() }
    }
    const down = { status: 200, body: { status: 'ready', bus: 'down' } }
    await vi.waitFor(async () => expect(await ready()).toEqual(down), 60_000)
    await redis.restart()
    await untilUp(here)
    expect(await ready()).toEqual({ status: 200, body: { status: 'ready' } })
  })
})

// Each has servers of its own and waits for elections, so they wait beside each other.
describe
  .skipIf(redisProgram === null)
  .concurrent('the bus where there are several Redis servers', () => {
    test('an end reaches every other process soon after an operator has made another Redis the master, whether the process was there before or not', async () => {
      const [first, second] = await Promise.all([startRedis(), startRedis()])
      await second.send('REPLICAOF', '127.0.0.1', `${first.port}`)
      const proxy = await openProxy(first.port)
      const pair = await startTwo(`redis://127.0.0.1:${proxy.port}`)
      const [old, other] = pair.servers
      try {
        await expectEnd(await watchFrom(old, other))
        const since = [old, other].map(({ app }) => app.bus.state.since)
        await second.send('REPLICAOF', 'NO', 'ONE')
        await first.send('REPLICAOF', '127.0.0.1', `${second.port}`)
        proxy.lead(second.port)
        for (const [at, server] of [old, other].entries()) {
          const isNew = ({ since: at, isUp }: { since: number; isUp: boolean }, before: number) =>
            isUp && at > before
          await vi.waitUntil(() => isNew(server.app.bus.state, since[at] ?? 0), 60_000)
        }
        const late = await startOne(pair.settings)
        await expectEnd(await watchFrom(old, late)).finally(() => late.stop())
      } finally {
        await pair.stop()
        await proxy.close()
        await Promise.all([first.stop(), second.stop()])
      }
    })

    test('an end reaches the other process by the sharded channel of a cluster, also when its node has been replaced', async () => {
      const cluster = await startRedisCluster()
      await Promise.all(cluster.nodes.slice(0, 3).map((node) => cluster.replicate(node)))
      const two = await startTwo(cluster.url)
      const [here, there] = two.servers
      try {
        await expectEnd(await watchFrom(here, there))
        const shards = await Promise.all(
          cluster.nodes.map((node) => node.send('PUBSUB', 'SHARDCHANNELS')),
        )
        const at = shards.findIndex((names) => names.includes('coatcheck:'))
        expect(at).toBeGreaterThanOrEqual(0)
        const watched = await watchFrom(here, there)
        await cluster.nodes[at]?.kill()
        await watched.visitor.data('mutation { logout { __typename } }')
        await expectEnded(watched.events)
        await untilUp(here)
        await untilUp(there)
        await expectEnd(await watchFrom(there, here))
      } finally {
        await two.stop()
        await cluster.stop()
      }
    })

    test('an end reaches the other process by the master of Sentinels, also when its replica has taken its place', async () => {
      const sentinels = await startRedisSentinels()
      const two = await startTwo(sentinels.url)
      const [here, there] = two.servers
      try {
        await expectEnd(await watchFrom(here, there))
        const watched = await watchFrom(here, there)
        await sentinels.master.kill()
        await watched.visitor.data('mutation { logout { __typename } }')
        await expectEnded(watched.events)
        await untilUp(here)
        await untilUp(there)
        await expectEnd(await watchFrom(there, here))
      } finally {
        await two.stop()
        await sentinels.stop()
      }
    })
  })
