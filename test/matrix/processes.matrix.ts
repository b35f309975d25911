import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { openProxy } from '../chaos/proxy.ts'
import type { Proxy } from '../chaos/proxy.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { startRedisSentinels } from '../redis-sentinels.ts'
import { redisProgram, startRedis, startRedisCluster } from '../redis-server.ts'
import { describeTwoProcesses } from '../two-processes.ts'
import type { ProcessesOptions } from '../two-processes.ts'

type Settings = Record<string, string>

/** Starts a server when it is first asked for. All that have started are stopped behind the last test. */
function lazily<Server extends { stop(): Promise<void> }>(start: () => Promise<Server>) {
  let started: Promise<Server> | null = null
  afterAll(async () => (await started)?.stop())
  return () => (started ??= start())
}

/** Sentinels that lead to their master by way of a proxy, which disturbs what a process hears of sessions alone. */
async function startWatched() {
  let proxy: Proxy | undefined
  const sentinels = await startRedisSentinels(async (master) => {
    proxy = await openProxy(master, { only: /SUBSCRIBE[^]*coatcheck/i })
    return proxy.port
  })
  if (proxy === undefined) throw new Error('There is no proxy.')
  const { url, stop } = sentinels
  const before = proxy
  return { url, proxy: before, stop: async () => void (await stop(), await before.close()) }
}

const ownEngine = join(import.meta.dirname, '../fixtures/own-engine.mjs')
const everyEnd = true
const workers = { areWorkers: true, everyEnd }

const isInstalled = [postgresqlProgram, redisProgram, memcachedProgram].every(Boolean)

describe.skipIf(!isInstalled)('between processes', () => {
  const postgresql = lazily(startPostgresql)
  const redis = lazily(startRedis)
  const cluster = lazily(startRedisCluster)
  const memcached = lazily(startMemcached)
  const watched = lazily(startWatched)
  let beforeMaster: Proxy[] = []

  const inPostgresql = async () => ({ DATABASE_URL: await (await postgresql()).database() })
  const inRedis = async () => ({ CACHE_URL: (await redis()).url })
  const inCluster = async () => ({ CACHE_URL: (await cluster()).url })
  const inWatched = async () => {
    const { url, proxy } = await watched()
    beforeMaster = [proxy]
    return { CACHE_URL: url }
  }
  const inMemcached = async () => ({ CACHE_URL: `memcached://${(await memcached()).name}` })
  const inFiles = async (folder: string) => ({ SESSION_FILE_PATH: join(folder, 'sessions') })

  const inOwnEngine = async (folder: string) => ({ OWN_ENGINE_FILE: join(folder, 'own.db') })

  /** Each engine by what its processes share, beside a SQLite file where that is not PostgreSQL. */
  const engines: [string, string, ((folder: string) => Promise<Settings>)[], ProcessesOptions?][] =
    [
      ['SQLite', 'database', []],
      ['PostgreSQL', 'database', [inPostgresql]],
      ['cached-database, Redis', 'cached-database', [inRedis]],
      ['cached-database, Memcached', 'cached-database', [inMemcached]],
      ['cached-database, Redis, PostgreSQL', 'cached-database', [inRedis, inPostgresql]],
      ['cached-database, Memcached, PostgreSQL', 'cached-database', [inMemcached, inPostgresql]],
      ['cache, Redis', 'cache', [inRedis]],
      ['cache, Redis, PostgreSQL', 'cache', [inRedis, inPostgresql]],
      ['cache, a cluster of Redis', 'cache', [inCluster]],
      ['cache, Redis with Sentinels', 'cache', [inWatched], { proxies: () => beforeMaster }],
      ['cache, Memcached', 'cache', [inMemcached]],
      ['cache, Memcached, PostgreSQL', 'cache', [inMemcached, inPostgresql]],
      ['file, SQLite', 'file', [inFiles]],
      ['file, PostgreSQL', 'file', [inFiles, inPostgresql]],
      ['an engine of one’s own', ownEngine, [inOwnEngine]],
      ['an engine of one’s own, PostgreSQL', ownEngine, [inOwnEngine, inPostgresql]],
      ['signed-cookies', 'signed-cookies', [], { isInCookies: true }],
      ['signed-cookies, PostgreSQL', 'signed-cookies', [inPostgresql], { isInCookies: true }],
    ]

  for (const processes of [2, 5]) {
    for (const [name, engine, shared, options] of engines) {
      const settings = async (folder: string) => {
        const all = await Promise.all(shared.map((each) => each(folder)))
        return Object.assign({ SESSION_ENGINE: engine }, ...all) as Settings
      }
      for (const bus of ['up', 'late', 'down'] as const)
        describeTwoProcesses(name, settings, { ...options, processes, bus, everyEnd })
    }
    const alone = { SESSION_ENGINE: 'database' }
    const files = async (folder: string) => ({ SESSION_ENGINE: 'file', ...(await inFiles(folder)) })
    for (const bus of ['up', 'late', 'down'] as const) {
      describeTwoProcesses('PostgreSQL', inPostgresql, { ...workers, processes, bus })
      describeTwoProcesses('SQLite', () => alone, { ...workers, processes, bus })
      describeTwoProcesses('file, SQLite', files, { ...workers, processes, bus })
    }
  }
})
