import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createVisitor, loginDocument } from '../harness.ts'
import { postgresqlProgram } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { openFailover } from './failover.ts'
import type { Failover } from './failover.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ cart { items { sku } } }'
const password = 'a copy that lives on'

describe.skipIf(postgresqlProgram === null || redisProgram === null)(
  'PostgreSQL that fails over beside the copies of the cached database',
  { meta: { engine: 'the cached database, over Redis' } },
  () => {
    let folder: string
    let failover: Failover
    let redis: RedisServer
    const servers: ServerProcess[] = []

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'coatcheck-copies-'))
      ;[failover, redis] = await Promise.all([openFailover(), startRedis()])
      const settings = {
        DATABASE_URL: failover.url,
        SESSION_ENGINE: 'cached-database',
        CACHE_URL: redis.url,
        ADMIN_PASSWORD: password,
      }
      // The first makes the staff user.
      for (let at = 0; at < 2; at++) servers.push(await startProcess(folder, settings))
    })
    afterEach(async () => {
      await Promise.all(servers.splice(0).map((server) => server.stop()))
      await Promise.all([failover?.stop(), redis?.stop()])
      rmSync(folder, { recursive: true, force: true })
    })

    test(
      'after a failover that lost the newest write, two servers show and keep what is stored since, though the cache has a copy of what was lost',
      { tags: ['H10'] },
      async () => {
        const { replication, isWhole, failOver } = failover
        let cookie: string | null = null
        const visitor = (at: number) =>
          createVisitor(`${servers[at]!.url}/graphql`, 'sessionid', cookie)
        const stores = async (at: number, sku: string) =>
          expect((await visitor(at).data(add, { sku })).addCartItem.__typename).toBe('CartSuccess')
        const seen = async (at: number): Promise<string[]> =>
          (await visitor(at).data(look)).cart.items.map(({ sku }: { sku: string }) => sku)

        const first = visitor(0)
        await first.data(loginDocument, { username: 'admin', password })
        ;({ cookie } = first)
        await stores(0, 'safe')
        await isWhole()
        replication.cut()
        await stores(0, 'lost')
        await failOver()
        for (const at of [0, 1])
          await vi.waitFor(async () => expect(await seen(at)).toEqual(['safe']), 30_000)

        await stores(1, 'since')
        for (const at of [0, 1]) expect(await seen(at)).toEqual(['safe', 'since'])
        await stores(0, 'later')
        for (const at of [0, 1]) expect(await seen(at)).toEqual(['safe', 'since', 'later'])
      },
    )
  },
)
