import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMemcached } from '../memcached-server.ts'
import type { MemcachedServer } from '../memcached-server.ts'
import { startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { openNode } from './node.ts'
import type { Node, NodeOptions } from './node.ts'

/** Which servers a run has. */
export interface Plan {
  readonly engine: 'database' | 'cached-database' | 'cache' | 'file' | 'signed-cookies'
  readonly database: 'sqlite' | 'postgresql'
  /** Where the engine keeps copies or sessions; ignored by those that keep none. */
  readonly cache: 'redis' | 'memcached'
  readonly processes: number
  /** How many workers each process has; 1 where it serves itself. */
  readonly workers?: number
}

/** Processes on one machine, and real servers for all that they depend on. */
export interface Deployment {
  readonly nodes: readonly Node[]
  readonly plan: Plan
  readonly postgresql: PostgresqlServer | null
  /** The address of its database, past all proxies; of a file where it is SQLite. */
  readonly databaseUrl: string
  readonly redis: RedisServer | null
  readonly memcached: MemcachedServer | null
  close(): Promise<void>
}

/** SECRET_KEY, SESSION_COOKIE_AGE, SESSION_RECHECK_INTERVAL and the password of staff, as every process of a deployment has them. */
export const secretKey = 'a secret for stormy weather, and for nothing else'
export const age = 3_600_000
export const recheck = 2000
export const staff = { username: 'admin', password: 'staff of a stormy house' }

/** Starts everything. `settings` are those of the processes, besides what the plan needs. */
export async function deploy(
  plan: Plan,
  {
    settings = {},
    openPrint,
  }: { settings?: Record<string, string>; openPrint?: NodeOptions['openPrint'] } = {},
): Promise<Deployment> {
  const { engine, processes } = plan
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-chaos-'))
  const hasCache = engine === 'cache' || engine === 'cached-database'
  const isRedis = hasCache && plan.cache === 'redis'
  const [postgresql, redis, memcached] = await Promise.all([
    plan.database === 'postgresql' ? startPostgresql() : null,
    // It writes every change down before it answers, so that it has them all after a crash of its own.
    isRedis ? startRedis({ settings: ['--appendonly', 'yes'] }) : null,
    hasCache && !isRedis ? startMemcached() : null,
  ])
  const databaseUrl = (await postgresql?.database()) ?? `file:${join(folder, 'chaos.db')}`
  const cacheUrl = redis?.url ?? (memcached ? `memcached://${memcached.name}` : null)
  const portOf = (url: string | null) => (url === null ? null : Number(new URL(url).port))
  const nodes: Node[] = []

  async function close(): Promise<void> {
    await Promise.all(nodes.map((node) => node.close()))
    await Promise.all([postgresql?.stop(), redis?.stop(), memcached?.stop()])
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    for (let index = 0; index < processes; index++)
      nodes.push(
        await openNode(index, {
          folder,
          databasePort: postgresql ? portOf(databaseUrl) : null,
          cachePort: portOf(cacheUrl),
          ...(openPrint && { openPrint }),
          settings: {
            SESSION_ENGINE: engine,
            DATABASE_URL: databaseUrl,
            ...(cacheUrl !== null && { CACHE_URL: cacheUrl }),
            SESSION_FILE_PATH: join(folder, 'sessions'),
            SESSION_COOKIE_AGE: `${age / 1000}`,
            SESSION_RECHECK_INTERVAL: `${recheck / 1000}`,
            SESSION_COOKIE_SECURE: 'false',
            SESSION_STORE_TIMEOUT: '2000',
            SHUTDOWN_DELAY: '0',
            SECRET_KEY: secretKey,
            ADMIN_PASSWORD: staff.password,
            // Each visitor has an address of their own, so that none is slowed down for another.
            TRUST_PROXY: '1',
            ...(plan.workers !== undefined && { WORKERS: `${plan.workers}` }),
            ...settings,
          },
        }),
      )
  } catch (error) {
    await close()
    throw error
  }
  return { nodes, plan, postgresql, databaseUrl, redis, memcached, close }
}
