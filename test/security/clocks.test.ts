import { describe, expect, test } from 'vitest'
import { createClock, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

const look = '{ me { username } }'
const minutes = (count: number) => count * 60_000

interface Medium {
  readonly settings: Record<string, string>
  readonly stop: () => unknown
}

const media: [string, boolean, () => Promise<Medium>][] = [
  ['SQLite', false, async () => ({ settings: {}, stop: () => {} })],
  [
    'Redis',
    redisProgram === null,
    async () => {
      const redis = await startRedis()
      return { settings: { SESSION_ENGINE: 'cache', CACHE_URL: redis.url }, stop: redis.stop }
    },
  ],
  [
    'Memcached',
    memcachedProgram === null,
    async () => {
      const memcached = await startMemcached()
      const settings = { SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${memcached.name}` }
      return { settings, stop: memcached.stop }
    },
  ],
]

describe.each(media)(
  'two servers whose clocks are ten minutes apart, on %s',
  (engine, isMissing, open) => {
    test.skipIf(isMissing)(
      'with clocks ten minutes apart, a session is over by its idle and its absolute age, give or take those ten minutes',
      { tags: ['B19'], meta: { engine } },
      async () => {
        const medium = await open()
        const clock = createClock()
        const ages = { SESSION_COOKIE_AGE: '1800', SESSION_ABSOLUTE_AGE: '7200' }
        const settings = { ...medium.settings, ...ages }
        const ahead = await startServer(settings, { now: () => clock.now() + minutes(5) })
        const behind = await startServer(
          { ...settings, DATABASE_URL: `file:${ahead.folder}/test.db` },
          { now: () => clock.now() - minutes(5) },
        )
        const both = [ahead, behind]
        const isAlive = async ({ cookie }: Visitor, at: TestServer) => {
          const { status, data } = await at.visitor(cookie).send(look)
          expect(status).toBe(200)
          return data.me !== null
        }
        try {
          const users = [await ahead.signedIn('ada'), await behind.signedIn('grace')]
          for (const user of users)
            for (const at of both) expect(await isAlive(user, at)).toBe(true)
          clock.advance(minutes(30 - 11)) // not yet idle, even by the other clock
          for (const user of users)
            for (const at of both) expect(await isAlive(user, at)).toBe(true)
          clock.advance(minutes(30 + 11))
          for (const user of users)
            for (const at of both) expect(await isAlive(user, at)).toBe(false)

          const busy = [await ahead.signedIn('mary'), await behind.signedIn('rose')]
          for (let passed = 9; passed < 120 - 10; passed += 9) {
            clock.advance(minutes(9))
            for (const user of busy) expect(await isAlive(user, both[passed % 2]!)).toBe(true)
          }
          clock.advance(minutes(12)) // by one of the clocks it may be over, by the other not
          for (const user of busy) for (const at of both) await isAlive(user, at)
          clock.advance(minutes(11))
          for (const user of busy)
            for (const at of both) expect(await isAlive(user, at)).toBe(false)
        } finally {
          await behind.stop()
          await ahead.stop()
          await medium.stop()
        }
      },
    )
  },
)

describe.each(media)(
  'a clock that was ahead and is put right, on %s',
  (engine, isMissing, open) => {
    test.skipIf(isMissing)(
      'a clock that ran ahead and is put right signs out no user who signed in meanwhile and goes on reading',
      { tags: ['B19'], meta: { engine } },
      async () => {
        const medium = await open()
        const clock = createClock()
        const server = await startServer(medium.settings, { now: clock.now })
        try {
          clock.advance(minutes(120))
          const visitor = await server.signedIn('ahead')
          clock.advance(-minutes(120))
          for (let round = 0; round < 4; round++) {
            const { data, setCookie } = await visitor.send(look)
            expect([data.me, setCookie.length]).toEqual([{ username: 'ahead' }, 1])
            clock.advance(minutes(1))
          }
        } finally {
          await server.stop()
          await medium.stop()
        }
      },
    )
  },
)
