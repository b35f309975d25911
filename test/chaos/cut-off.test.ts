import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id } cart { items { sku } } }'
const logout = 'mutation { logout { session { id } } }'

/** What processes share, and what they need to find it. */
interface Shared {
  readonly port: number
  readonly settings: Record<string, string>
  stop(): Promise<void>
}

/** Two servers on one store, of which one is cut off from it. What a visitor sees, and what is true once it is back. */
function describeCutOff(
  engine: string,
  isMissing: boolean,
  share: (folder: string) => Promise<Shared>,
): void {
  describe.skipIf(isMissing)(`a process cut off from ${engine}`, { meta: { engine } }, () => {
    let folder: string
    let shared: Shared
    let way: Proxy
    let cutOff: TestServer
    let other: TestServer
    let rounds = 0
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'coatcheck-cut-'))
      shared = await share(folder)
      way = await openProxy(shared.port)
      const common = {
        SESSION_STORE_TIMEOUT: '1000',
        SECRET_KEY: 'only for processes of this test!',
      }
      const through = Object.entries(shared.settings).map(([name, value]) => [
        name,
        value.replace(`:${shared.port}`, `:${way.port}`),
      ])
      other = await startServer({ ...common, ...shared.settings })
      cutOff = await startServer({ ...common, ...Object.fromEntries(through) })
    })
    afterEach(() => way?.heal())
    afterAll(async () => {
      await Promise.all([cutOff?.stop(), other?.stop()])
      await way?.close()
      await shared?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    const skusOf = async (visitor: Visitor): Promise<string[]> =>
      (await visitor.data(look)).cart.items.map(({ sku }: { sku: string }) => sku)

    test.each([
      ['breaks', () => way.cut()],
      ['says nothing', () => way.stall()],
    ])(
      'a process whose connection to its store %s answers 503, the others go on, and it brings back nothing and loses nothing',
      { tags: ['H2', 'H10', 'C4'] },
      async (_how, begin) => {
        const round = ++rounds
        const here = await cutOff.signedIn(`here${round}`)
        const leaver = await cutOff.signedIn(`leaver${round}`)
        await here.data(add, { sku: 'before' })
        const there = other.visitor(here.cookie)
        const copy = cutOff.visitor(leaver.cookie)

        begin()
        const { status, headers, setCookie, errors } = await here.send(look)
        expect([status, errors?.[0].extensions.code]).toEqual([503, 'SESSION_STORE_UNAVAILABLE'])
        expect([headers.get('retry-after') !== null, setCookie]).toEqual([true, []])
        const refused = await here.send(add, { sku: 'refused' })
        expect(refused.status).toBe(503)
        await there.data(add, { sku: 'meanwhile' })
        await other.visitor(leaver.cookie).data(logout)

        way.heal()
        await expect.poll(async () => (await here.send(look)).status).toBe(200)
        const skus = await skusOf(here)
        expect(skus).toEqual(expect.arrayContaining(['before', 'meanwhile']))
        // Where the answer leaves it open, it may be there.
        const mayBe = /may have been stored/.test(refused.errors?.[0].message)
        if (!mayBe) expect(skus).not.toContain('refused')
        expect(await copy.data(look)).toMatchObject({ me: null, session: { id: null } })
        await here.data(add, { sku: 'after' })
        expect(await skusOf(there)).toContain('after')
      },
    )
  })
}

describeCutOff('its cache', redisProgram === null, async (folder) => {
  const { port, url, stop } = await startRedis()
  const database = `file:${join(folder, 'shared.db')}`
  return {
    port,
    settings: { SESSION_ENGINE: 'cache', CACHE_URL: url, DATABASE_URL: database },
    stop,
  }
})

describeCutOff('its database', postgresqlProgram === null, async () => {
  const server = await startPostgresql()
  return {
    port: server.port,
    settings: { DATABASE_URL: await server.database() },
    stop: server.stop,
  }
})
