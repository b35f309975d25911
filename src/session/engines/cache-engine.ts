import type { EngineOptions } from './custom-engine.ts'
import { EngineUnusable } from './custom-engine.ts'
import type { SessionStore } from '../store.ts'

/** What it takes to open a cache. */
export interface CacheOptions extends EngineOptions {
  /** CACHE_URL. */
  readonly cacheUrl: string | null
  /** How long a call may take, in milliseconds. */
  readonly timeout: number
}

/**
 * What names in the cache begin with. Copies have a prefix of their own: while sessions move between `cache` and
 * `cached-database`, records and copies are in one cache. It begins like that of records, so that rights to those include it.
 */
export const prefixes = {
  records: 'coatcheck:session:',
  copies: 'coatcheck:session:copy:',
} as const

/**
 * The cache at CACHE_URL, for names that begin with `prefix`. Its client library is loaded only where it is used. Throws
 * `EngineUnusable`.
 */
export async function openCache(
  given: CacheOptions,
  prefix: string = prefixes.records,
): Promise<SessionStore> {
  const options = { ...given, prefix }
  const url = options.cacheUrl
  if (url === null) throw new EngineUnusable('CACHE_URL is needed.')
  try {
    return url.startsWith('memcached:')
      ? await openMemcached(url, options)
      : await openRedis(url, options)
  } catch (cause) {
    throw new EngineUnusable(`CACHE_URL: ${(cause as Error).message}`, { cause })
  }
}

interface NamedOptions extends CacheOptions {
  readonly prefix: string
}

async function openMemcached(url: string, options: NamedOptions): Promise<SessionStore> {
  const { memcachedMistake } = await import('../stores/memcached-faults.ts')
  const mistake = await memcachedMistake(url, options.timeout)
  if (mistake !== null) throw new Error(mistake)
  const { openMemcachedStore } = await import('../stores/memcached.ts')
  return openMemcachedStore(url, options)
}

async function openRedis(url: string, options: NamedOptions): Promise<SessionStore> {
  const { openRedisStore } = await import('../stores/redis.ts')
  const { RedisMisconfigured } = await import('../stores/redis-faults.ts')
  const onError = (error: unknown) =>
    options.warn(
      error instanceof RedisMisconfigured
        ? `CACHE_URL: ${error.message}`
        : 'The cache reports a failure.',
      error,
    )
  const store = await openRedisStore(url, { ...options, onError })
  const warning = await store.evictionWarning()
  if (warning !== null) options.warn(warning)
  return store
}
