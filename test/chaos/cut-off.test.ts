import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import { beginStory, look, put, settingsOfBoth } from './cut-off-story.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

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
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'coatcheck-cut-'))
      shared = await share(folder)
      way = await openProxy(shared.port)
      const through = Object.entries(shared.settings).map(([name, value]) => [
        name,
        value.replace(`:${shared.port}`, `:${way.port}`),
      ])
      other = await startServer({ ...settingsOfBoth, ...shared.settings })
      cutOff = await startServer({ ...settingsOfBoth, ...Object.fromEntries(through) })
    })
    afterEach(() => way?.heal())
    afterAll(async () => {
      await Promise.all([cutOff?.stop(), other?.stop()])
      await way?.close()
      await shared?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    test.each([
      ['breaks', () => way.cut()],
      ['says nothing', () => way.stall()],
    ])(
      'a process whose connection to its store %s answers 503, the others go on, and it brings back nothing and loses nothing',
      { tags: ['H2', 'H10', 'C4'] },
      async (_how, begin) => {
        const { here, goOn, expectMended } = await beginStory(other, cutOff.visitor)
        begin()
        const { status, headers, setCookie, errors } = await here.send(look)
        expect([status, errors?.[0].extensions.code]).toEqual([503, 'SESSION_STORE_UNAVAILABLE'])
        expect([headers.get('retry-after') !== null, setCookie]).toEqual([true, []])
        const refused = await put(here, 'refused')
        expect(refused.status).toBe(503)
        await goOn()

        way.heal()
        await expectMended(refused)
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
