import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import type { RedisStore, RedisStoreOptions } from '../../src/session/stores/redis.ts'
import type { Version } from '../../src/session/store.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { patience } from '../harness.ts'
import { redisProgram, replicated, startRedis, startRedisCluster } from '../redis-server.ts'
import type { RedisCluster, RedisServer } from '../redis-server.ts'

const timeout = 500
const quiet = { now: Date.now, timeout, onError: () => {} }
let prefixes = 0

/** A store under a prefix of its own, and so an empty one. */
async function open(url: string, options: Partial<RedisStoreOptions> = {}) {
  const prefix = `test [*]:${prefixes++}:`
  const store = await openRedisStore(url, { ...quiet, prefix, ...options })
  onTestFinished(() => store.close())
  return Object.assign(store, { prefix })
}

/** What a call that hangs takes, and no other, however busy the machine: milliseconds. */
const forEver = 30_000

function recordFor(milliseconds: number, note = 'kept'): SessionRecord {
  const now = Date.now()
  return {
    auth: null,
    data: { note },
    expiry: null,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: now + milliseconds,
    absoluteExpiresAt: null,
  }
}

async function timeOf(call: Promise<unknown>) {
  const began = performance.now()
  const outcome = await call.then(
    () => 'answered',
    () => 'rejected',
  )
  return { outcome, milliseconds: performance.now() - began }
}

/** Waits until `call` is answered, and says after how many milliseconds. */
async function answeredAgain(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await vi.waitFor(call, { timeout: 30_000, interval: 20 })
  return performance.now() - began
}

/** For tests that are not about time: what a machine with other work to do takes is no failure. */
const patient = { timeout: Number(patience) }

const newId = () => idOf(createKey())

describe.skipIf(redisProgram === null)('sessions in Redis', { meta: { engine: 'Redis' } }, () => {
  let redis: RedisServer

  beforeAll(async () => {
    redis = await startRedis()
  })

  afterAll(() => redis.stop())

  describeSessionStore('redis', () => open(redis.url, patient), { forgetsByItself: true })

  describeSessionStore('redis by its Unix socket', () => open(redis.socketUrl, patient), {
    forgetsByItself: true,
  })

  test('Redis keeps the mark of a change of key for ten seconds, for a process that lost the answer', async () => {
    const store = await openRedisStore(redis.url, { ...quiet, now: Date.now })
    onTestFinished(() => store.close())
    const id = newId()
    const version = await store.create(id, recordFor(60_000))
    await store.save(id, recordFor(0), version ?? '')
    expect(await store.load(id)).toMatchObject({ data: { note: 'kept' } })
    const left = Number((await redis.send('PTTL', `coatcheck:session:${id}`)).slice(1))
    expect(left).toBeLessThanOrEqual(10_000)
    expect(left).toBeGreaterThan(0)
  })

  test('Redis itself forgets a session when it expires, by the clock that the store was given', async () => {
    const now = () => Date.now() + 59_850
    const store = await openRedisStore(redis.url, { ...quiet, now })
    onTestFinished(() => store.close())
    const [id, over, later] = [newId(), newId(), newId()]

    const version = await store.create(id, recordFor(60_000))
    await store.create(over, recordFor(1))
    await store.save(later, recordFor(1), (await store.create(later, recordFor(90_000))) ?? '')

    await vi.waitFor(async () => expect(await store.load(id)).toBeNull(), 30_000)
    expect(await store.load(over)).toBeNull()
    expect(await store.load(later)).toBeNull()
    expect(await store.save(id, recordFor(90_000), version ?? '')).toBe('gone')
    expect(await store.create(id, recordFor(120_000))).not.toBeNull()
    const left = Number((await redis.send('PTTL', `coatcheck:session:${id}`)).slice(1))
    expect(left).toBeLessThanOrEqual(60_150)
    expect(left).toBeGreaterThan(50_000)
  })

  test(
    'a damaged record in Redis loads as null, is not listed and matches no version',
    { tags: ['H21'] },
    async () => {
      const store = await open(redis.url)
      const whole = newId()
      const version = (await store.create(whole, recordFor(60_000))) ?? ''
      const text = (await redis.send('GET', store.prefix + whole)).split('\r\n')[1] ?? ''
      const damaged = [
        '',
        ':',
        `${version}`,
        text.slice(0, -1),
        text.slice(17),
        `${version}:{"auth":1}`,
      ]

      for (const value of damaged) {
        const id = newId()
        await redis.send('SET', store.prefix + id, value)
        expect([value, await store.load(id)]).toEqual([value, null])
        expect(await store.create(id, recordFor(60_000))).toBeNull()
        expect(await store.save(id, recordFor(60_000), 'AAAAAAAAAAAAAAAA')).not.toBe('saved')
        expect(await store.load(id)).toBeNull()
      }
      const list = newId()
      await redis.send('RPUSH', store.prefix + list, 'a list')
      expect(await store.load(list)).toBeNull()
      expect(await store.save(list, recordFor(60_000), version)).toBe('conflict')
      expect(await store.delete(list, version)).toBe('conflict')
      expect(await store.delete(list)).toBeUndefined()
      await redis.send('SET', `${store.prefix}no id`, text)

      const listed: string[] = []
      for await (const { id } of store.list()) listed.push(id)
      expect(listed).toEqual([whole])
    },
  )

  test('each call of the store is one command to Redis, and Redis may forget the scripts', async () => {
    const store = await open(redis.url)
    const id = newId()
    const version = (await store.create(id, recordFor(60_000))) ?? ''
    await redis.send('SCRIPT', 'FLUSH')
    let latest: Version = await store.save(id, recordFor(60_000), version)
    expect(await store.delete(id, 'another')).toBe('conflict')

    await redis.send('CONFIG', 'RESETSTAT')
    for (let saves = 0; saves < 20; saves++)
      latest = await store.save(id, recordFor(60_000), latest)
    await store.load(id)
    await store.delete(id, latest)
    await store.create(id, recordFor(60_000))
    await store.delete(id)

    const stats = await redis.send('INFO', 'commandstats')
    const calls = (command: string) =>
      new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(stats)?.[1]
    expect([calls('evalsha'), calls('eval'), calls('get')]).toEqual(['21', undefined, '1'])
    // In the scripts, and outside.
    expect([calls('getrange'), calls('set'), calls('del')]).toEqual(['21', '21', '2'])
  })

  test('many sessions are deleted by one command to Redis', async () => {
    const store = await open(redis.url)
    const ids = Array.from({ length: 3 }, newId)
    for (const id of ids) await store.create(id, recordFor(60_000))
    await redis.send('CONFIG', 'RESETSTAT')
    await store.deleteMany?.([...ids.slice(1), newId()])
    await store.deleteMany?.([])
    expect(await redis.send('INFO', 'commandstats')).toContain('cmdstat_del:calls=1,')
    expect(await Promise.all(ids.map(async (id) => (await store.load(id)) !== null))).toEqual([
      true,
      false,
      false,
    ])
  })

  test('no key of a session gets into Redis', async () => {
    const store = await open(redis.url)
    const key = createKey()
    const version = (await store.create(idOf(key), recordFor(60_000, 'to be found'))) ?? ''
    await store.save(idOf(key), recordFor(60_000, 'to be found'), version)

    await redis.send('SAVE')
    const dump = readFileSync(join(redis.folder, 'dump.rdb'), 'latin1')

    expect(dump).toContain(idOf(key))
    expect(dump).toContain('to be found')
    expect(dump).not.toContain(key)
  })

  test(
    'the store names the eviction policy of Redis that would end live sessions',
    { tags: ['H9'] },
    async () => {
      const store = await open(redis.url)
      const set = async (limit: string, policy: string) => {
        await redis.send('CONFIG', 'SET', 'maxmemory', limit, 'maxmemory-policy', policy)
        return store.evictionWarning()
      }
      expect(await set('0', 'allkeys-lru')).toBeNull()
      expect(await set('100mb', 'noeviction')).toBeNull()
      for (const policy of ['allkeys-lru', 'volatile-ttl', 'volatile-lru', 'allkeys-random'])
        expect(await set('100mb', policy)).toContain(policy)
      expect(await set('0', 'noeviction')).toBeNull()
    },
  )

  test('names and passwords in the address of Redis are used, and never shown', async () => {
    await redis.send('ACL', 'SETUSER', 'app', 'on', '>p@ss:word', '~*', '+@all', '-info')
    const { port } = redis
    for (const scheme of ['redis', 'valkey']) {
      const store = await open(`${scheme}://app:p%40ss%3Aword@127.0.0.1:${port}/1`)
      const id = newId()
      await store.create(id, recordFor(60_000))
      expect(await store.load(id)).not.toBeNull()
      expect(await store.evictionWarning()).toBeNull()
      expect(await redis.send('CLIENT', 'LIST')).toMatch(/ db=1 .* user=app /)
    }

    const wrong = `redis://app:wrong@127.0.0.1:${port}`
    await expect(open(wrong)).rejects.toThrow('WRONGPASS')

    for (const address of [
      'memcached://secret@host',
      'redis://secret:%E0@host',
      'redis://secret@host:port',
      'redis-cluster://secret@',
      'redis-cluster://x:secret@a:1,b:x',
      'redis-sentinel://x:secret@a:1,b:2',
      'redis-sentinel://x:secret@a:1/mymaster/x',
      'redis-sentinel://x:secret@a:1,b:x/mymaster',
      'unix:secret',
      'secret',
    ]) {
      const refusal = await openRedisStore(address, quiet).catch((error: unknown) => error)
      expect(String(refusal)).toContain('must look like redis://')
      expect([address, String(refusal)]).not.toEqual([address, expect.stringContaining('secret')])
    }
  })

  test(
    'the store leaves a Redis server that became a replica for the one that its address leads to now',
    { tags: ['H10'] },
    async () => {
      const other = await startRedis()
      onTestFinished(() => other.stop())
      let target = redis.port
      const proxy = createServer((socket) => {
        const onward = connect(target, '127.0.0.1')
        socket.pipe(onward).pipe(socket)
        socket.on('error', () => onward.destroy())
        onward.on('error', () => socket.destroy())
      }).listen(0, '127.0.0.1')
      await once(proxy, 'listening')
      const store = await open(`redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
      await store.create(newId(), recordFor(60_000))

      target = other.port
      await redis.send('REPLICAOF', '127.0.0.1', `${other.port}`)
      await expect(store.create(newId(), recordFor(60_000))).rejects.toThrow('READONLY')

      await answeredAgain(() => store.create(newId(), recordFor(60_000)))
      const connections = promisify(proxy.getConnections.bind(proxy))
      await vi.waitFor(async () => expect(await connections()).toBe(1), 30_000)
      await redis.send('REPLICAOF', 'NO', 'ONE')
      proxy.close()
    },
  )
})

describe.skipIf(redisProgram === null)('when Redis fails', { meta: { engine: 'Redis' } }, () => {
  let redis: RedisServer

  beforeAll(async () => {
    redis = await startRedis()
  })

  afterAll(() => redis.stop())

  test('a store opens while Redis is down, and works when it is up', async () => {
    await redis.kill()
    const told = vi.fn<(error: unknown) => void>()
    const began = performance.now()
    const store = await open(redis.url, { onError: told })
    const call = await timeOf(Promise.resolve(store.load(newId())))

    expect(call.outcome).toBe('rejected')
    expect(performance.now() - began).toBeLessThan(forEver)
    expect(await store.evictionWarning()).toBeNull()
    expect(String(told.mock.calls[0])).toContain('ECONNREFUSED')

    await redis.restart()
    await answeredAgain(async () => store.load(newId()))
    expect(told).toHaveBeenCalledTimes(1)
  })

  test(
    'calls reject at once while Redis is down, and are answered when it is up again',
    { tags: ['H1', 'H2'] },
    async () => {
      const store = await open(redis.url)
      await store.create(newId(), recordFor(60_000))
      const under = timeOf(Promise.resolve(store.load(newId())))
      await redis.kill()
      await under

      for (let calls = 0; calls < 20; calls++) {
        const { outcome, milliseconds } = await timeOf(store.create(newId(), recordFor(60_000)))
        expect(outcome).toBe('rejected')
        expect(milliseconds).toBeLessThan(forEver)
        await delay(20)
      }
      await redis.restart()
      const id = newId()
      expect(await answeredAgain(() => store.create(id, recordFor(60_000)))).toBeLessThan(forEver)
      expect(await store.load(id)).not.toBeNull()
    },
  )

  test('the store connects to Redis again before the next call', async () => {
    const before = await open(redis.url)
    await before.load(newId())
    await redis.kill()
    const during = await open(redis.url)

    await redis.restart()
    await vi.waitFor(
      async () => {
        const clients = (await redis.send('CLIENT', 'LIST')).match(/^id=/gm)
        expect(clients).toHaveLength(3) // these two, and the one that asks
      },
      { timeout: 30_000 },
    )

    expect(await before.load(newId())).toBeNull()
    expect(await during.load(newId())).toBeNull()
  })

  test.each([
    ['few', 1],
    ['many', 100],
  ])(
    'a server that hangs is given up, under %s calls, and taken back',
    { tags: ['H3'] },
    async (_name, parallel) => {
      const store = await open(redis.url)
      await store.load(newId())
      redis.pause()
      const began = performance.now()
      const calls: Promise<{ outcome: string; milliseconds: number }>[] = []
      while (performance.now() - began < 1_300) {
        for (let at = 0; at < parallel; at++)
          calls.push(timeOf(Promise.resolve(store.load(newId()))))
        await delay(parallel === 1 ? 100 : 20)
      }
      const settled = await Promise.all(calls)
      redis.resume()

      expect(settled.filter(({ outcome }) => outcome === 'answered')).toEqual([])
      const longest = Math.max(...settled.map(({ milliseconds }) => milliseconds))
      expect(longest).toBeLessThan(forEver)
      // Those that come once it is given up do not wait at all.
      expect(settled.at(-1)?.milliseconds).toBeLessThan(forEver)

      expect(await answeredAgain(async () => store.load(newId()))).toBeLessThan(forEver)
    },
  )

  test('a process that stood still itself does not blame Redis', async () => {
    const told = vi.fn<(error: unknown) => void>()
    const store = await open(redis.url, { onError: told })
    const id = newId()
    await store.create(id, recordFor(60_000))
    await delay(timeout / 2)

    const loading = store.load(id)
    const began = performance.now()
    while (performance.now() - began < 1.4 * timeout);

    expect(await loading).not.toBeNull()
    await delay(timeout)
    expect(await store.load(id)).not.toBeNull()
    expect(told).not.toHaveBeenCalled()
  })
})

describe.skipIf(redisProgram === null)(
  'sessions in a Redis cluster',
  { meta: { engine: 'a cluster of Redis' } },
  () => {
    let cluster: RedisCluster

    beforeAll(async () => {
      cluster = await startRedisCluster()
    })

    afterAll(() => cluster.stop())

    describeSessionStore('redis cluster', () => open(cluster.url, patient), {
      forgetsByItself: true,
    })

    test('a store opens while some of the listed servers of the cluster are down', async () => {
      const store = await open(cluster.url.replace('//', '//127.0.0.1:1,'))
      const id = newId()
      await store.create(id, recordFor(60_000))
      expect(await store.load(id)).not.toBeNull()
      expect(await store.evictionWarning()).toBeNull()
    })

    test('many sessions are deleted, whichever servers of the cluster keep them', async () => {
      const store = await open(cluster.url)
      const ids = Array.from({ length: 20 }, newId)
      await Promise.all(ids.map((id) => store.create(id, recordFor(60_000))))
      await store.deleteMany?.(ids)
      expect(await Promise.all(ids.map((id) => store.load(id)))).toEqual(ids.map(() => null))
    })

    /** Sixty sessions, and which of them `master` keeps. */
    async function spread(store: RedisStore, master: RedisServer) {
      const ids = Array.from({ length: 60 }, newId)
      await Promise.all(ids.map((id) => store.create(id, recordFor(60_000))))
      const kept = await master.send('KEYS', '*')
      const lost = ids.filter((id) => kept.includes(id))
      expect(lost.length).toBeGreaterThan(5)
      return { lost, left: ids.filter((id) => !lost.includes(id)) }
    }

    /** Loads all of them, again and again for `duration`. */
    async function loadFor(duration: number, store: RedisStore, ids: readonly SessionId[]) {
      const calls: Awaited<ReturnType<typeof timeOf>>[] = []
      const began = performance.now()
      do {
        calls.push(...(await Promise.all(ids.map((id) => timeOf(Promise.resolve(store.load(id)))))))
        await delay(20)
      } while (performance.now() - began < duration)
      return {
        outcomes: new Set(calls.map(({ outcome }) => outcome)),
        longest: Math.max(...calls.map(({ milliseconds }) => milliseconds)),
      }
    }

    test('a master of the cluster that hangs takes down its own sessions only, until it answers again', async () => {
      const short = { timeout: timeout / 2 }
      const store = await open(cluster.url, short)
      const [, master] = cluster.nodes
      if (!master) return
      const { lost, left } = await spread(store, master)

      master.pause()
      const [theirs, others] = await Promise.all([
        loadFor(1_500, store, lost),
        loadFor(1_500, store, left),
      ])
      const opened = await loadFor(0, await open(cluster.url, short), left) // whose keys are spread anew
      master.resume()

      expect(theirs.outcomes).toEqual(new Set(['rejected']))
      // Bounded by connecting, which is given four times as long.
      expect(theirs.longest).toBeLessThan(forEver)
      expect(others.outcomes).toEqual(new Set(['answered']))
      expect(others.longest).toBeLessThan(forEver)
      expect(opened.outcomes).toContain('answered')
      await answeredAgain(() => Promise.all(lost.map((id) => store.load(id))))
    })

    test('a cluster that has no slots yet is no empty store', async () => {
      const node = await startRedis({
        settings: ['--cluster-enabled', 'yes', '--cluster-port', '0'],
      })
      onTestFinished(() => node.stop())
      const told = vi.fn<(error: unknown) => void>()
      const store = await open(node.url.replace('redis:', 'redis-cluster:'), { onError: told })

      await expect(store.load(newId())).rejects.toThrow()
      await expect(store.list()[Symbol.asyncIterator]().next()).rejects.toThrow()
      expect(String(told.mock.calls[0])).toContain('has any slots')
    })

    test(
      'where a master of the cluster dies, the store finds the replica that takes over',
      { tags: ['H10'] },
      async () => {
        const store = await open(cluster.url)
        const [master] = cluster.nodes
        if (!master) return
        await cluster.replicate(master)
        const { lost, left } = await spread(store, master)
        await replicated(master)

        await master.kill()

        const others = await loadFor(1_000, store, left)
        expect(others.outcomes).toEqual(new Set(['answered']))
        await answeredAgain(() => Promise.all(lost.map((id) => store.load(id))))
        for (const id of lost) expect(await store.load(id)).not.toBeNull()
      },
    )
  },
)
