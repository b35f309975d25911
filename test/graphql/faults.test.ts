import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

const look = '{ me { username } session { keys } }'
const write =
  'mutation { setSessionValue(key: "a", value: 1) { __typename ... on Error { code message } } }'

/** As short as a store of a busy machine allows, so that the tests are. */
const deadline = { SESSION_STORE_TIMEOUT: '1000' }

/** What stores sessions, from the outside. */
interface Medium {
  readonly settings: Record<string, string>
  /** Stops at once and forgets nothing. */
  readonly kill: () => Promise<void>
  readonly restart: () => Promise<void>
  /** Keeps connections open and answers nothing. */
  readonly pause: () => void | Promise<void>
  readonly resume: () => void | Promise<void>
  readonly stop: () => Promise<void>
}

/** What a request sees while the store is down or hangs, and afterwards. `open` starts the medium. */
function describeFaults(name: string, isMissing: boolean, open: () => Promise<Medium>): void {
  describe.skipIf(isMissing)(`${name} fails`, { meta: { engine: name } }, () => {
    let medium: Medium
    let server: TestServer
    beforeAll(async () => {
      medium = await open()
      server = await startServer({ ...medium.settings, ...deadline })
    })
    afterAll(async () => {
      await medium?.resume()
      await server?.stop()
      await medium?.stop()
    })

    /** Everything that must hold while nothing answers. */
    const expectOutage = async (visitor: Visitor) => {
      const cookie = visitor.cookie
      for (const document of [look, write]) {
        const { status, headers, setCookie, errors } = await visitor.send(document)
        expect(status).toBe(503)
        expect(headers.get('retry-after')).toMatch(/^\d+$/)
        expect(setCookie).toEqual([])
        expect(errors?.map(({ extensions }) => extensions.code)).toContain(
          'SESSION_STORE_UNAVAILABLE',
        )
        expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|ECONN|redis|sql/i)
      }
      expect(visitor.cookie).toBe(cookie)
      const untouched = await visitor.send('{ __typename }')
      expect([untouched.status, untouched.errors]).toEqual([200, undefined])
      expect((await fetch(`${server.url}/health`)).status).toBe(200)
      expect((await fetch(`${server.url}/ready`)).status).toBe(503)
    }

    const expectRecovery = async (visitor: Visitor, username: string) => {
      await expect.poll(async () => (await visitor.send(look)).status).toBe(200)
      expect(await visitor.data(look)).toMatchObject({ me: { username } })
      expect((await visitor.data(write)).setSessionValue.__typename).toBe('SessionSuccess')
      await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(200)
    }

    const name = () => `user${randomBytes(6).toString('hex')}`

    test(
      'while the store hangs the answer is 503, and the same cookie works when the store goes on',
      { tags: ['H2', 'H3', 'H4', 'K8'] },
      async () => {
        const username = name()
        const visitor = await server.signedIn(username)
        await medium.pause()
        await expectOutage(visitor)
        const { dependencies } = server.app
        await expect.poll(() => dependencies.some(({ isDown }) => isDown)).toBe(true)
        const statuses = await Promise.all(
          Array.from({ length: 20 }, async () => (await visitor.send(look)).status),
        )
        expect(new Set(statuses)).toEqual(new Set([503]))
        await medium.resume()
        await expectRecovery(visitor, username)
        await expect.poll(() => dependencies.some(({ isDown }) => isDown)).toBe(false)
        const said = server.logs.map(({ msg }) => String(msg))
        expect(said.filter((line) => line.includes('is down:'))).toHaveLength(1)
        expect(said.filter((line) => / is back after \d+ s$/.test(line))).toHaveLength(1)
      },
    )

    test(
      'while the store is down the answer is 503, and the same cookie works when the store is back',
      { tags: ['H1', 'H2', 'H4', 'K8'] },
      async () => {
        const username = name()
        const visitor = await server.signedIn(username)
        await medium.kill()
        await expectOutage(visitor)
        await medium.restart()
        await expectRecovery(visitor, username)
      },
    )
  })
}

describeFaults('Redis', redisProgram === null, async () => {
  const redis = await startRedis({ settings: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  const { kill, restart, pause, resume, stop } = redis
  const settings = { SESSION_ENGINE: 'cache', CACHE_URL: redis.url }
  return { settings, kill, restart, pause, resume, stop }
})

describeFaults('the database engine on PostgreSQL', postgresqlProgram === null, async () => {
  const postgresql = await startPostgresql()
  const { kill, start, pause, resume, stop } = postgresql
  const settings = { DATABASE_URL: await postgresql.database() }
  return { settings, kill, restart: start, pause, resume, stop }
})

describe.skipIf(redisProgram === null)(
  'the cache of the cached database fails',
  { meta: { engine: 'the cached database, over Redis' } },
  () => {
    test(
      'a cache that fails in front of the database signs no visitor out or in, refuses none, and loses no write',
      { tags: ['H5', 'H6', 'H7'] },
      async () => {
        const redis = await startRedis()
        const server = await startServer({
          SESSION_ENGINE: 'cached-database',
          CACHE_URL: redis.url,
          ...deadline,
        })
        try {
          const visitor = await server.signedIn('cached')
          const gone = await server.signedIn('gone')
          await gone.data(look)
          redis.pause()
          expect((await visitor.data(look)).me.username).toBe('cached')
          expect((await visitor.data(write)).setSessionValue.__typename).toBe('SessionSuccess')
          const copy = server.visitor(gone.cookie)
          await gone.data('mutation { logout { session { id } } }')
          redis.resume()
          expect(await visitor.data(look)).toMatchObject({ session: { keys: ['a'] } })
          expect(await copy.data(look)).toEqual({ me: null, session: { keys: [] } })
          await redis.kill()
          expect(await visitor.data(look)).toMatchObject({
            me: { username: 'cached' },
            session: { keys: ['a'] },
          })
          expect(server.logs.some(({ msg }) => String(msg).includes('cache has failed'))).toBe(true)
        } finally {
          redis.resume()
          await server.stop()
          await redis.stop()
        }
      },
    )
  },
)

describe.skipIf(memcachedProgram === null)('Memcached', { meta: { engine: 'Memcached' } }, () => {
  test('a flush of Memcached signs every visitor out, and nothing fails', async () => {
    const memcached = await startMemcached()
    const settings = { SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${memcached.name}` }
    const server = await startServer(settings)
    try {
      const visitor = await server.signedIn('flushed')
      await memcached.ask('flush_all\r\n')
      expect(await visitor.data(look)).toEqual({ me: null, session: { keys: [] } })
      expect((await visitor.data(write)).setSessionValue.__typename).toBe('SessionSuccess')
      expect((await visitor.data(look)).session.keys).toEqual(['a'])
    } finally {
      await server.stop()
      await memcached.stop()
    }
  })

  test(
    'while Memcached hangs the answer is 503, and the same cookie works when it goes on',
    { tags: ['H2', 'H3'] },
    async () => {
      const memcached = await startMemcached()
      const settings = { SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${memcached.name}` }
      const server = await startServer({ ...settings, ...deadline })
      try {
        const visitor = await server.signedIn('hung')
        await memcached.pause()
        const { status, setCookie } = await visitor.send(look)
        expect([status, setCookie]).toEqual([503, []])
        await memcached.resume()
        await expect.poll(async () => (await visitor.send(look)).status).toBe(200)
        expect((await visitor.data(look)).me.username).toBe('hung')
      } finally {
        await memcached.resume()
        await server.stop()
        await memcached.stop()
      }
    },
  )
})
