import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { beginStory, look, put, settingsOfBoth } from './cut-off-story.ts'
import { canMakeNetworks, openNamespace } from './namespace.ts'
import type { Cable, Namespace } from './namespace.ts'

const isMissing = !canMakeNetworks() || postgresqlProgram === null || redisProgram === null

describe.skipIf(isMissing)('a process in a network whose packets vanish', () => {
  let folder: string
  let postgresql: PostgresqlServer
  let redis: RedisServer
  let network: Namespace
  let toCache: Cable
  let toDatabase: Cable
  let cutOff: ServerProcess
  let other: TestServer

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-dropped-'))
    ;[postgresql, redis] = await Promise.all([startPostgresql(), startRedis()])
    network = await openNamespace([redis.port, postgresql.port])
    ;[toCache, toDatabase] = network.cables as [Cable, Cable]
    const url = await postgresql.database()
    const common = { ...settingsOfBoth, SESSION_ENGINE: 'cache' }
    other = await startServer({ ...common, DATABASE_URL: url, CACHE_URL: redis.url })
    const settings = {
      ...common,
      HOST: network.host,
      DATABASE_URL: url.replace(`127.0.0.1:${postgresql.port}`, toDatabase.address),
      CACHE_URL: `redis://${toCache.address}`,
    }
    cutOff = await startProcess(folder, settings, resolve('dist/main.js'), network.enter)
  })
  afterEach(() => {
    for (const cable of network.cables) cable.heal()
  })
  afterAll(async () => {
    await Promise.all([cutOff?.stop(), other?.stop()])
    await network?.close()
    await Promise.all([postgresql?.stop(), redis?.stop()])
    rmSync(folder, { recursive: true, force: true })
  })

  const visitor = (cookie: string | null) =>
    createVisitor(`${cutOff.url}/graphql`, 'sessionid', cookie)
  const ready = async () => {
    const answer = await fetch(`${cutOff.url}/ready`)
    return { status: answer.status, body: await answer.json() }
  }

  test.each([
    ['cache', 'store', () => toCache, 503],
    ['database', 'database', () => toDatabase, 200],
  ] as const)(
    'a process whose packets to its %s vanish says so, answers 503 to those whom it cannot know, and loses and brings back nothing',
    { tags: ['H2', 'H10', 'C4'] },
    async (_what, failed, cable, statusOfGuests) => {
      const { here, goOn, expectMended } = await beginStory(other, visitor)
      const guest = other.visitor()
      await put(guest, 'guest')

      cable().drop()
      const refused = await put(here, 'refused')
      expect([refused.status, refused.errors?.[0].extensions.code]).toEqual([
        503,
        'SESSION_STORE_UNAVAILABLE',
      ])
      expect(refused.setCookie).toEqual([])
      expect((await here.send('{ __typename }')).status).toBe(200)
      await expect
        .poll(ready, { timeout: 30_000 })
        .toEqual({ status: 503, body: { status: 'unavailable', failed: [failed] } })
      // The cart of a guest is in the cache alone.
      expect((await visitor(guest.cookie).send(look)).status).toBe(statusOfGuests)
      await goOn()

      cable().heal()
      await expectMended(refused)
    },
  )
})
