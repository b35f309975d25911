import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { patience, startServer } from '../harness.ts'
import { redisProgram, replicated } from '../redis-server.ts'
import { startRedisSentinels } from '../redis-sentinels.ts'
import type { RedisSentinels } from '../redis-sentinels.ts'

const quiet = { now: Date.now, timeout: 500, onError: () => {} }
let prefixes = 0

async function open(url: string, timeout = quiet.timeout) {
  const store = await openRedisStore(url, { ...quiet, timeout, prefix: `test${prefixes++}:` })
  onTestFinished(() => store.close())
  return store
}

function record(note: string): SessionRecord {
  const now = Date.now()
  return {
    auth: null,
    data: { note },
    expiry: null,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + 600_000,
    absoluteExpiresAt: null,
  }
}

const newId = () => idOf(createKey())

describe.skipIf(redisProgram === null)(
  'sessions in a Redis that Sentinels watch',
  { meta: { engine: 'Redis with Sentinels' } },
  () => {
    let redis: RedisSentinels

    beforeAll(async () => {
      redis = await startRedisSentinels()
    })

    afterAll(() => redis?.stop())

    describeSessionStore('redis with sentinels', () => open(redis.url, Number(patience)), {
      forgetsByItself: true,
    })

    test(
      'a store opens while some of the listed Sentinels are down',
      { tags: ['H27'] },
      async () => {
        const store = await open(redis.url.replace('//', '//127.0.0.1:1,'))
        expect(await store.load(newId())).toBeNull()
      },
    )

    test('a store refuses at its opening a master that no Sentinel knows', async () => {
      await expect(open(redis.url.replace('mymaster', 'mistress'))).rejects.toThrow(
        'The Sentinels know no master called mistress.',
      )
    })

    test('Sentinels and servers have names and passwords of their own', async () => {
      await redis.tell('ACL', 'SETUSER', 'watcher', 'on', '>s%sesame', '~*', '&*', '+@all')
      for (const server of [redis.master, redis.replica])
        await server.send('ACL', 'SETUSER', 'shop', 'on', '>sesame', '~*', '+@all', '-role')
      const url = redis.url.replace('//', '//shop:sesame@')
      const store = await open(`${url}/1?sentinel_username=watcher&sentinel_password=s%25sesame`)
      await store.create(newId(), record('kept'))
      expect(await redis.master.send('CLIENT', 'LIST')).toMatch(/ db=1 .* user=shop /)

      await expect(open(`${url}?sentinel_username=watcher&sentinel_password=no`)).rejects.toThrow(
        'the Sentinel says WRONGPASS',
      )
      await expect(open(redis.url.replace('//', '//shop:no@'))).rejects.toThrow(
        'Redis says WRONGPASS',
      )
    })

    test(
      'where the master is killed, the replica has what was replicated, and takes writes within seconds',
      { tags: ['H10', 'H27'] },
      async () => {
        const store = await open(redis.url)
        const server = await startServer({ SESSION_ENGINE: 'cache', CACHE_URL: redis.url })
        onTestFinished(() => server.stop())
        const [stays, leaves] = [await server.signedIn('stays'), await server.signedIn('leaves')]
        const left = leaves.cookie
        await leaves.data('mutation { logout { __typename } }')
        const ids = Array.from({ length: 20 }, newId)
        for (const id of ids) await store.create(id, record('kept'))
        await replicated(redis.master)

        await redis.master.kill()

        const patient = { timeout: 40_000, interval: 50 }
        await vi.waitFor(() => store.create(newId(), record('new')), patient)
        for (const id of ids) {
          const found = await store.load(id)
          expect(found?.data).toEqual({ note: 'kept' })
          expect(await store.save(id, record('again'), found?.version ?? '')).not.toBe('conflict')
        }
        const add = 'mutation { addCartItem(input: { sku: "a" }) { __typename } }'
        await vi.waitFor(
          async () => expect((await stays.send(add)).errors).toBeUndefined(),
          patient,
        )
        const me = '{ me { username } }'
        expect(await stays.data(me)).toEqual({ me: { username: 'stays' } })
        expect(await server.visitor(left).data(me)).toEqual({ me: null })
      },
    )
  },
)
