import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { configurationOf } from '../../src/app/configuration.ts'
import { examineParts } from '../../src/commands/check/check-parts.ts'
import { startServer } from '../harness.ts'
import { databaseKind } from '../../src/database/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

const SECRET_KEY = 'Zk3vYxqJm0kS9dTzWn7RfUe2LhBgAoCi5Q8M4Et'

async function examine(environment: Record<string, string>) {
  const configured = await configurationOf({}, { SECRET_KEY, ...environment })
  return examineParts({ ...configured, warnings: [] }, false)
}

describe.skipIf(postgresqlProgram === null)('with PostgreSQL', () => {
  let server: PostgresqlServer
  beforeAll(async () => {
    server = await startPostgresql()
  })
  afterAll(() => server.stop())

  test('check names a PostgreSQL database that lacks migrations, and applies none', async () => {
    const DATABASE_URL = await server.database({ isEmpty: true })
    const [finding, ...others] = await examine({ DATABASE_URL })
    expect(finding).toMatchObject({
      level: 'ERROR',
      about: 'DATABASE_URL',
      cure: 'Run coatcheck migrate.',
    })
    expect(others).toEqual([])
    expect((await databaseKind(DATABASE_URL).pending(DATABASE_URL)).length).toBeGreaterThan(0)
  })

  test('check finds a PostgreSQL superuser, a server that may lose what it has acknowledged, and no skew of one clock', async () => {
    const url = new URL(await server.database())
    url.searchParams.set('options', '-c synchronous_commit=off')
    const says = (await examine({ DATABASE_URL: url.href })).map((finding) => finding.says)
    expect(says).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/superuser/),
        expect.stringMatching(/synchronous_commit is off/),
      ]),
    )
    expect(says.join()).not.toMatch(/clock|replica/)
  })
})

test('check counts the sessions that an engine lacks, before and after SESSION_ENGINE_PREVIOUS is taken out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-moved-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const settings = {
    DATABASE_URL: await migrated(),
    SESSION_FILE_PATH: join(folder, 'sessions'),
  }
  const server = await startServer({ ...settings, SESSION_ENGINE: 'file' })
  onTestFinished(() => server.stop())
  await server.signedIn('ada')
  expect(await examine({ ...settings, SESSION_ENGINE: 'file' })).toEqual([])
  expect(await examine({ ...settings, SESSION_ENGINE_PREVIOUS: 'file' })).toEqual([
    expect.objectContaining({
      about: 'SESSION_ENGINE_PREVIOUS',
      says: expect.stringMatching(/looked for, the engine database has 0\./),
      cure: expect.stringMatching(/would be signed out/),
    }),
  ])
  expect(await examine(settings)).toEqual([
    expect.objectContaining({
      level: 'WARNING',
      about: 'SESSION_ENGINE',
      says: expect.stringMatching(/The visitors of the others are signed out/),
    }),
  ])
})

describe.skipIf(redisProgram === null)('with Redis', () => {
  test('check finds a Redis that would throw live sessions away, and one that is down', async () => {
    const redis = await startRedis()
    const environment = {
      DATABASE_URL: await migrated(),
      SESSION_ENGINE: 'cache',
      CACHE_URL: redis.url,
      SESSION_STORE_TIMEOUT: '1000',
    }
    await redis.send('CONFIG', 'SET', 'maxmemory', '100mb')
    await redis.send('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    expect(await examine(environment)).toEqual([
      expect.objectContaining({ level: 'WARNING', says: expect.stringMatching(/allkeys-lru/) }),
    ])
    await redis.stop()
    expect(await examine(environment)).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        says: expect.stringMatching(/does not answer|ECONNREFUSED/),
      }),
    )
  })
})

/** A SQLite database that lacks nothing, until the test is over. */
async function migrated(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-check-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const url = `file:${join(folder, 'check.db')}`
  await databaseKind(url).migrate(url)
  return url
}
