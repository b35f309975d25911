import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

const shorten = 'mutation { setSessionExpiry(seconds: 3) { __typename } }'
const endOthers = 'mutation { revokeOtherSessions { revokedCount } }'
const look = '{ session { id endReason } }'

/** Sessions in Redis. The way to it of the process that shortens one leads through a proxy. */
describe.skipIf(redisProgram === null)(
  'a session is shortened',
  { meta: { engine: 'Redis' } },
  () => {
    let folder: string
    let redis: RedisServer
    let toRedis: Proxy
    let other: TestServer
    let settings: Record<string, string>
    const processes: ServerProcess[] = []

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'coatcheck-shortened-'))
      redis = await startRedis()
      toRedis = await openProxy(redis.port)
      const own = { SESSION_ENGINE: 'cache', SECRET_KEY: 'only for processes of this test!' }
      other = await startServer({ ...own, CACHE_URL: redis.url })
      settings = {
        ...own,
        CACHE_URL: redis.url.replace(`:${redis.port}`, `:${toRedis.port}`),
        DATABASE_URL: `file:${join(other.folder, 'test.db')}`,
      }
    })
    afterEach(() => toRedis?.heal())
    afterAll(async () => {
      await Promise.all([other?.stop(), ...processes.map(({ stop }) => stop())])
      await Promise.all([toRedis?.close(), redis?.stop()])
      rmSync(folder, { recursive: true, force: true })
    })

    /** A session whose write to shorten it is on its way to Redis, behind the step that told its row, and the user's other one. */
    async function beginToShorten(username: string) {
      const server = await startProcess(folder, settings)
      processes.push(server)
      const here = await other.signedIn(username)
      const elsewhere = other.visitor()
      await elsewhere.data(loginDocument, { username, password })
      const there = createVisitor(`${server.url}/graphql`, 'sessionid', here.cookie)
      const { id } = (await there.data(look)).session
      toRedis.delay(1500)
      const shortening = there.send(shorten).catch(() => null)
      const isMarked = async () => {
        const row = await other.app.db.session.findUniqueOrThrow({ where: { id } })
        return Number(row.absoluteExpiresAt ?? Infinity) < Number(row.expiresAt)
      }
      await expect.poll(isMarked, { timeout: 20_000 }).toBe(true)
      return { server, here, elsewhere, shortening }
    }

    async function endsWithTheOthers({ here, elsewhere }: { here: Visitor; elsewhere: Visitor }) {
      await sleep(3000) // what was asked for is over
      expect((await here.data(look)).session.endReason).toBeNull() // it was not stored, and the session goes on
      expect((await elsewhere.data(endOthers)).revokeOtherSessions.revokedCount).toBe(1)
      expect((await here.data(look)).session).toEqual({ id: null, endReason: 'REVOKED' })
    }

    test('a session whose process was killed before it had stored a shorter age is ended by an end of all others', async () => {
      const { server, shortening, ...visitors } = await beginToShorten('killed')
      server.child.kill('SIGKILL')
      await server.ended
      toRedis.reset()
      toRedis.heal()
      await shortening
      await endsWithTheOthers(visitors)
    })

    test('a session whose way to the cache broke before a shorter age was stored is ended by an end of all others', async () => {
      const { shortening, ...visitors } = await beginToShorten('cut')
      toRedis.cut()
      const [error] = (await shortening)?.errors ?? []
      expect(error?.extensions.code).toBe('SESSION_STORE_UNAVAILABLE')
      toRedis.heal()
      await endsWithTheOthers(visitors)
    })
  },
)
