import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisClient } from '@redis/client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { freePort } from '../free-port.ts'
import { startServer } from '../harness.ts'
import { redisProgram, startRedis, startRedisCluster } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const options = { now: Date.now, timeout: 500, onError: () => {} }

/** What opening says of `url`; null where it opens. */
async function refusalOf(url: string, onError: (error: unknown) => void = () => {}) {
  try {
    await (await openRedisStore(url, { ...options, onError })).close()
    return null
  } catch (error) {
    return String(error)
  }
}

describe.skipIf(redisProgram === null)('mistakes in the address of Redis', () => {
  let redis: RedisServer

  beforeAll(async () => {
    redis = await startRedis({ settings: ['--databases', '4'] })
    await redis.send('ACL', 'SETUSER', 'app', 'on', '>sesame', '~*', '+@all')
    await redis.send('ACL', 'SETUSER', 'reader', 'on', '>sesame', '~*', '+get', '+ping')
  })

  afterAll(() => redis.stop())

  const at = (account: string, path = '') => `redis://${account}127.0.0.1:${redis.port}${path}`

  test('a right address of Redis opens a store', async () => {
    expect(await refusalOf(at('app:sesame@', '/3'))).toBeNull()
  })

  test.each([
    ['a wrong password', () => at('app:wrong-sesame@'), 'password is wrong'],
    ['a name that Redis does not know', () => at('ghost:sesame@'), 'password is wrong'],
    ['a password where Redis has none', () => at(':sesame@'), 'Redis has none'],
    ['a user without the right to write', () => at('reader:sesame@'), 'lacks a right'],
    ['a user without the right to choose', () => at('reader:sesame@', '/1'), 'lacks a right'],
    ['a database that is not there', () => at('', '/9'), 'no database of this number'],
    ['a single server as a cluster', () => at('').replace(':', '-cluster:'), 'is no cluster'],
    ['TLS to a server that speaks none', () => at('').replace('redis:', 'rediss:'), 'no TLS'],
  ])(
    'a mistake in the address of Redis is refused when the store opens, and nothing stays open: %s',
    async (_what, url, words) => {
      const told = vi.fn<(error: unknown) => void>()
      const refusal = await refusalOf(url(), told)

      expect(refusal).toContain(words)
      expect(refusal).not.toContain('sesame')
      expect(told).not.toHaveBeenCalled() // the refusal has said it
      await vi.waitFor(async () => {
        const clients = (await redis.send('CLIENT', 'LIST')).match(/^id=/gm)
        expect(clients).toHaveLength(1) // the one that asks
      }, 30_000)
    },
  )

  test.each(['cache', 'cached-database'])(
    'a server with SESSION_ENGINE=%s and a wrong password of Redis does not start, and names CACHE_URL',
    async (engine) => {
      const starting = startServer({ SESSION_ENGINE: engine, CACHE_URL: at('app:wrong-sesame@') })
      await expect(starting).rejects.toThrow(
        /^SESSION_ENGINE: CACHE_URL: .*password is wrong[^\n]*\.$/,
      )
    },
  )

  test('a Redis that asks for a password is refused where the address has none', async () => {
    const closed = await startRedis()
    onTestFinished(() => closed.stop())
    await closed.send('CONFIG', 'SET', 'requirepass', 'a password')

    expect(await refusalOf(closed.url)).toContain('A password is needed')
    expect(await refusalOf(closed.url.replace('//', '//:a%20password@'))).toBeNull()
  })

  test('a Redis that speaks TLS is refused where the address says none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-tls-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x'
    execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    })
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) })
    server.on('tlsClientError', () => undefined)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo

    expect(await refusalOf(`redis://127.0.0.1:${port}`)).toContain('speaks TLS')
    expect(await refusalOf(`rediss://127.0.0.1:${port}`)).toContain('certificate')
  })

  test.each([
    ['a server that is down', () => 'redis://127.0.0.1:1'],
    ['a host that has no address yet', () => 'redis://redis.invalid'],
    ['a socket that is not there', () => 'unix:///nowhere/redis.sock'],
  ])('the store opens, and says why Redis cannot be reached: %s', async (_what, url) => {
    const told = vi.fn<(error: unknown) => void>()
    expect(await refusalOf(url(), told)).toBeNull()
    expect(told).toHaveBeenCalledTimes(1)
  })

  test('a server that is no Redis does not end the process', async () => {
    const server = createServer((_request, response) => response.end('hello')).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    await refusalOf(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })

  test('a cluster whose user may not follow a slot that moves is refused at once, and not in the middle of the move', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    const rights = '+get +set +del +eval +evalsha +getrange +ping +cluster|slots'.split(' ')
    const grant = (...more: string[]) =>
      Promise.all(
        cluster.nodes.map((node) =>
          node.send('ACL', 'SETUSER', 'shop', 'on', '>sesame', '~*', ...rights, ...more),
        ),
      )
    const url = cluster.url.replace('//', '//shop:sesame@')
    await grant()
    expect(await refusalOf(url)).toMatch(/lacks a right that sessions need: .*'asking'/)
    await grant('+asking')
    expect(await refusalOf(url)).toBeNull()
  })

  test('a cluster that has no command ASKING is taken', async () => {
    const settings = ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`]
    const without = ['--rename-command', 'ASKING', 'asking-under-another-name']
    const node = await startRedis({ settings: [...settings, ...without] })
    onTestFinished(() => node.stop())
    await node.send('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await expect.poll(() => node.send('CLUSTER', 'INFO')).toContain('cluster_state:ok')
    expect(await refusalOf(`redis-cluster://127.0.0.1:${node.port}`)).toBeNull()
  })

  test('a right that Redis takes away while the store is open is reported in words', async () => {
    await redis.send('ACL', 'SETUSER', 'shop', 'on', '>sesame', '~*', '+@all')
    const told = vi.fn<(error: unknown) => void>()
    const store = await openRedisStore(at('shop:sesame@'), { ...options, onError: told })
    onTestFinished(() => store.close())

    await redis.send('ACL', 'SETUSER', 'shop', '-get')
    await expect(store.load(idOf(createKey()))).rejects.toThrow('NOPERM')
    expect(String(told.mock.calls[0])).toContain('lacks a right')

    await redis.send('ACL', 'SETUSER', 'shop', '+@all', 'resetpass', '>another')
    await redis.send('CLIENT', 'KILL', 'USER', 'shop')
    await vi.waitFor(() => expect(String(told.mock.calls)).toContain('password is wrong'), 30_000)

    await redis.send('ACL', 'SETUSER', 'shop', '>sesame')
    await vi.waitFor(async () => expect(await store.load(idOf(createKey()))).toBeNull(), 30_000)
  })

  test('a client library that throws where a client is let go twice does not end the process', async () => {
    const gone = new WeakSet<object>()
    const destroy = RedisClient.prototype.destroy
    const twice = vi.fn<() => void>()
    vi.spyOn(RedisClient.prototype, 'destroy').mockImplementation(function (this: object) {
      if (gone.has(this)) {
        twice()
        throw new Error('The client is closed')
      }
      gone.add(this)
      Reflect.apply(destroy, this, [])
    })
    onTestFinished(() => void vi.restoreAllMocks())
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const store = await openRedisStore(server.url, { ...options, timeout: 100 })
    onTestFinished(() => store.close())

    server.pause()
    await vi.waitFor(() => expect(store.load(idOf(createKey()))).rejects.toThrow(), 30_000)
    server.resume()
    await vi.waitFor(async () => expect(await store.load(idOf(createKey()))).toBeNull(), 30_000)
    await vi.waitFor(() => expect(twice).toHaveBeenCalled(), 30_000)
  })
})
