import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { describeEndings } from '../endings.ts'
import { writeGuideEngine } from '../guide.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import type { MemcachedServer } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

describeEndings('the database engine', () => ({}))

describeEndings('the file engine', () => ({
  SESSION_ENGINE: 'file',
  SESSION_FILE_PATH: mkdtempSync(join(tmpdir(), 'coatcheck-files-')),
}))

describeEndings('signed cookies', () => ({ SESSION_ENGINE: 'signed-cookies' }))

describeEndings("the guide's engine, loaded by its path", () => ({
  SESSION_ENGINE: writeGuideEngine(),
}))

describe.skipIf(redisProgram === null)('Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())

  describeEndings('Redis', () => ({ SESSION_ENGINE: 'cache', CACHE_URL: server.url }))
  describeEndings('the cached database, over Redis', () => ({
    SESSION_ENGINE: 'cached-database',
    CACHE_URL: server.url,
  }))
})

describe.skipIf(memcachedProgram === null)('Memcached', () => {
  let server: MemcachedServer
  beforeAll(async () => {
    server = await startMemcached()
  })
  afterAll(() => server?.stop())

  const settings = (engine: string) => ({
    SESSION_ENGINE: engine,
    CACHE_URL: `memcached://${server.name}`,
  })
  describeEndings('Memcached', () => settings('cache'))
  describeEndings('the cached database, over Memcached', () => settings('cached-database'))
})

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let server: PostgresqlServer
  let urls: [string, string]
  beforeAll(async () => {
    server = await startPostgresql()
    urls = [await server.database(), await server.database()]
  })
  afterAll(() => server?.stop())

  describeEndings('the database engine on PostgreSQL', () => ({ DATABASE_URL: urls[0] }))
  describeEndings('signed cookies on PostgreSQL', () => ({
    DATABASE_URL: urls[1],
    SESSION_ENGINE: 'signed-cookies',
  }))
})
