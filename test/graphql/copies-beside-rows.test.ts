import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const me = '{ me { username } cart { totalQuantity } }'
const add = 'mutation { addCartItem(input: { sku: "umbrella" }) { __typename } }'

describe.skipIf(redisProgram === null)('the cached database', () => {
  /** Those that ask the roster for a session: the server asks whether the database answers, too. */
  const statements: string[] = []
  let redis: RedisServer

  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis?.stop())

  /** A server that waits for its cache for a quarter of so many milliseconds. */
  async function serve(timeout: number, work: (server: TestServer) => Promise<void>) {
    const settings = {
      SESSION_ENGINE: 'cached-database',
      CACHE_URL: redis.url,
      SESSION_STORE_TIMEOUT: `${timeout}`,
    }
    const onStatement = (sql: string) => {
      if (sql.includes('FROM "Session" s')) statements.push(sql)
    }
    const server = await startServer(settings, { onStatement })
    try {
      await work(server)
    } finally {
      redis.resume()
      await server.stop()
    }
  }

  test('the cached database reads the row while the cache has not answered yet, and the copy saves it the record', () =>
    serve(60_000, async (server) => {
      const ada = await server.signedIn('ada')
      redis.pause()
      statements.length = 0
      const answer = ada.data(me)
      await expect.poll(() => statements.length, { timeout: 10_000 }).toBe(1)
      redis.resume()
      expect((await answer).me).toEqual({ username: 'ada' })
      expect(statements).toEqual([expect.stringContaining('CASE WHEN s."userId" IS NULL')])
    }))

  test('the cached database answers a guest by one statement, without a wait for the cache', () =>
    serve(60_000, async (server) => {
      const guest = server.visitor()
      await guest.data(add)
      redis.pause()
      statements.length = 0
      expect(await guest.data(me)).toEqual({ me: null, cart: { totalQuantity: 1 } })
      expect(statements).toHaveLength(1)
    }))

  test('while its cache is down, the cached database reads a signed-in session by one statement', () =>
    serve(1_200, async (server) => {
      const ada = await server.signedIn('ada')
      redis.pause()
      const cost = async () => {
        statements.length = 0
        expect((await ada.data(me)).me).toEqual({ username: 'ada' })
        return statements.length
      }
      await expect.poll(cost, { timeout: 60_000 }).toBe(1)
    }))
})
