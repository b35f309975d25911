import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, createVisitor, startServer } from '../harness.ts'
import type { Answer, TestServer, Visitor } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'
import { programOrSkip } from '../programs.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const look = '{ me { username } session { id expiresAt } }'
const write = 'mutation { setSessionValue(key: "a", value: 1) { __typename } }'

/** For how many seconds the cookie that came back is kept; null where none came. */
function cookieAge({ setCookie }: Answer): number | null {
  const age = /Max-Age=(\d+)/.exec(setCookie.join())?.[1]
  return age === undefined ? null : Number(age)
}

/** What keeps sessions, and can be made to take no writes while it is read. */
interface Medium {
  readonly settings: Record<string, string>
  refuseWrites(server: TestServer): Promise<unknown>
  takeWrites(server: TestServer): Promise<unknown>
  /** Does it take what guests write all the same, in a cookie or in a cache beside it? */
  readonly takesGuests?: boolean
  stop(): Promise<void>
}

function describeTouches(name: string, isMissing: boolean, open: () => Promise<Medium>): void {
  describe.skipIf(isMissing)(`on ${name}`, { meta: { engine: name } }, () => {
    const clock = createClock()
    let medium: Medium
    let server: TestServer
    let reader: Visitor
    beforeAll(async () => {
      medium = await open()
      server = await startServer(medium.settings, { now: clock.now })
      reader = await server.signedIn('reader')
    })
    afterAll(async () => {
      await server?.stop()
      await medium?.stop()
    })
    const ready = async () => {
      const response = await fetch(`${server.url}/ready`)
      return [response.status, await response.json()]
    }

    test(
      'where a touch cannot be written, the log says so once, and every read is answered without a cookie',
      { tags: ['H8'] },
      async () => {
        const before = await reader.data(look)
        clock.advance(31_000)
        await medium.refuseWrites(server)
        for (let round = 0; round < 3; round++) {
          const answer = await reader.send(look)
          expect([answer.status, answer.errors, answer.setCookie]).toEqual([200, undefined, []])
          expect(answer.data).toEqual(before)
        }
        const told = server.logs.filter(({ msg }) =>
          String(msg).startsWith('Sessions cannot be written'),
        )
        expect(told).toHaveLength(1)
        expect(await ready()).toEqual([200, { status: 'ready', writes: 'failing' }])
        await medium.takeWrites(server)
        clock.advance(10_000)
        const renewed = await reader.send(look)
        expect(renewed.data.session.expiresAt).toBe(new Date(clock.now() + 300_000).toISOString())
        expect(renewed.setCookie).toHaveLength(1)
        expect(await ready()).toEqual([200, { status: 'ready' }])
      },
    )

    test('/ready no longer says that writes fail once a change is stored, also where no touch has been tried since', async () => {
      clock.advance(31_000)
      await medium.refuseWrites(server)
      await reader.data(look)
      expect(await ready()).toEqual([200, { status: 'ready', writes: 'failing' }])
      await medium.takeWrites(server)
      const { setSessionValue } = await reader.data(write)
      expect(setSessionValue.__typename).toBe('SessionSuccess')
      expect(await ready()).toEqual([200, { status: 'ready' }])
    })

    test('/ready says that writes fail from the first change on that is not stored, though no touch is due', async () => {
      const writer = await server.signedIn('writer')
      await medium.refuseWrites(server)
      expect((await writer.send(write)).status).toBe(503)
      await expect.poll(ready).toEqual([200, { status: 'ready', writes: 'failing' }])
      await medium.takeWrites(server)
      clock.advance(31_000)
      expect((await writer.send(look)).setCookie).toHaveLength(1) // touches have no pause after a change that failed
      expect(await ready()).toEqual([200, { status: 'ready' }])
    })

    test('/ready says that writes fail where a new session is not stored, until one is', async () => {
      await medium.refuseWrites(server)
      const { status } = await server.visitor().send(write)
      expect(status).toBe(medium.takesGuests ? 200 : 503)
      const says = { status: 'ready', ...(!medium.takesGuests && { writes: 'failing' }) }
      await expect.poll(ready).toEqual([200, says])
      await medium.takeWrites(server)
      expect((await server.visitor().send(write)).setCookie).toHaveLength(1)
      expect(await ready()).toEqual([200, { status: 'ready' }])
    })

    test(
      'the end that a read or a write gives is that of the cookie, and that of the store',
      { tags: ['B11'] },
      async () => {
        const visitor = await server.signedIn('teller')
        for (const [document, find] of [
          [look, ({ data }: Answer) => data.session.expiresAt],
          [
            `mutation { setSessionValue(key: "a", value: 1) { ... on SessionSuccess { session { expiresAt } } } }`,
            ({ data }: Answer) => data.setSessionValue.session.expiresAt,
          ],
        ] as const) {
          clock.advance(31_000)
          const answer = await visitor.send(document)
          expect(Date.parse(find(answer))).toBe(clock.now() + 300_000)
          expect(cookieAge(answer)).toBe(300)
          expect((await visitor.data(look)).session.expiresAt).toBe(find(answer))
        }
      },
    )

    test(
      'the list of devices gives this session the end that its cookie has',
      { tags: ['B11'] },
      async () => {
        const visitor = await server.signedIn('lister')
        clock.advance(31_000)
        const { data } = await visitor.send(
          '{ me { sessions(first: 5) { edges { node { expiresAt lastSeenAt } } } } }',
        )
        expect(data.me.sessions.edges.map(({ node }: { node: object }) => node)).toEqual([
          {
            expiresAt: new Date(clock.now() + 300_000).toISOString(),
            lastSeenAt: new Date(clock.now()).toISOString(),
          },
        ])
      },
    )
  })
}

describeTouches('SQLite', false, async () => ({
  settings: {},
  refuseWrites: ({ app }) => app.db.$queryRawUnsafe('PRAGMA query_only = ON'),
  takeWrites: ({ app }) => app.db.$queryRawUnsafe('PRAGMA query_only = OFF'),
  stop: async () => {},
}))

describeTouches('Redis', redisProgram === null, async () => {
  const redis = await startRedis()
  return {
    settings: { SESSION_ENGINE: 'cache', CACHE_URL: redis.url },
    refuseWrites: () => redis.send('CONFIG', 'SET', 'maxmemory', '1'),
    takeWrites: () => redis.send('CONFIG', 'SET', 'maxmemory', '0'),
    stop: redis.stop,
  }
})

describeTouches('Memcached', memcachedProgram === null, async () => {
  const memcached = await startMemcached(['-M', '-m', '2'])
  const names: string[] = []
  return {
    settings: { SESSION_ENGINE: 'cache', CACHE_URL: `memcached://${memcached.name}` },
    async refuseWrites() {
      for (const size of [600, 500, 400, 350, 300]) {
        for (let full = false; !full;) {
          const fresh = Array.from({ length: 500 }, (_, at) => `fill${names.length + at}`)
          names.push(...fresh)
          const line = (name: string) => `set ${name} 0 0 ${size}\r\n${'x'.repeat(size)}\r\n`
          full = (await memcached.ask(fresh.map(line).join(''))).includes('out of memory')
        }
      }
    },
    takeWrites: () => memcached.ask(names.map((name) => `delete ${name}\r\n`).join('')),
    stop: memcached.stop,
  }
})

for (const engine of ['database', 'cached-database', 'cache', 'signed-cookies'])
  describeTouches(
    `${engine} beside PostgreSQL`,
    postgresqlProgram === null || redisProgram === null,
    async () => {
      const postgresql = await startPostgresql()
      const redis = await startRedis()
      const url = await postgresql.database()
      const says = async (value: 'on' | 'off', { app }: TestServer) => {
        const client = new Client({ connectionString: url })
        await client.connect()
        await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`)
        await client.query('SELECT pg_reload_conf()')
        await client.end()
        const asked = () => app.db.$queryRaw`SHOW default_transaction_read_only`
        await expect.poll(asked).toEqual([{ default_transaction_read_only: value }])
        await delay(100) // each connection hears of it by itself
      }
      return {
        settings: {
          DATABASE_URL: url,
          SESSION_ENGINE: engine,
          CACHE_URL: redis.url,
          SECRET_KEY: 'x'.repeat(32),
        },
        refuseWrites: (server) => says('on', server),
        takeWrites: (server) => says('off', server),
        takesGuests: engine === 'cache' || engine === 'signed-cookies',
        async stop() {
          await redis.stop()
          await postgresql.stop()
        },
      }
    },
  )

describe.skipIf(redisProgram === null)('on a Redis that takes writes', () => {
  let redis: RedisServer
  let server: TestServer
  beforeAll(async () => {
    redis = await startRedis()
    server = await startServer({ SESSION_ENGINE: 'cache', CACHE_URL: redis.url })
  })
  afterAll(async () => {
    await server?.stop()
    await redis?.stop()
  })
  const ready = async () => (await fetch(`${server.url}/ready`)).json()

  test('/ready does not say that writes fail once a Redis is back that was down while a visitor wrote', async () => {
    await redis.kill()
    expect((await server.visitor().send(write)).status).toBe(503)
    expect(await ready()).toEqual({ status: 'unavailable', failed: ['store'] })
    await redis.restart()
    await expect.poll(ready, { timeout: 10_000 }).toEqual({ status: 'ready' })
  })

  test('/ready does not say that writes fail where one visitor stores more than a session may hold', async () => {
    const { setSessionValue } = await server
      .visitor()
      .data(
        'mutation ($value: JSON!) { setSessionValue(key: "a", value: $value) { __typename } }',
        { value: 'x'.repeat(66_000) },
      )
    expect(setSessionValue.__typename).toBe('SessionTooLargeError')
    expect(await ready()).toEqual({ status: 'ready' })
  })
})

const prlimit = programOrSkip('prlimit')

describe.skipIf(prlimit === null)('on a disk that is full', () => {
  test.concurrent.for(['file', 'database', 'signed-cookies'])(
    'on a full disk the %s engine answers reads without a cookie, and writes again when there is room',
    { tags: ['H8', 'H14'] },
    async (engine, { expect }) => {
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-full-'))
      const settings = { SESSION_ENGINE: engine, SESSION_COOKIE_AGE: '40' }
      const server = await startProcess(folder, settings)
      const limit = (size: string) =>
        execFileSync(prlimit!, ['--pid', String(server.child.pid), `--fsize=${size}:unlimited`])
      try {
        const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', null)
        await visitor.data(
          'mutation { register(input: { username: "full", password: "a long enough secret" }) { __typename } }',
        )
        expect((await visitor.data(look)).me).toEqual({ username: 'full' })
        limit('0')
        expect((await visitor.send(write)).status).toBe(503)
        const ready = async () => (await fetch(`${server.url}/ready`)).json()
        // The answer does not wait for the word.
        await expect.poll(ready).toEqual({ status: 'ready', writes: 'failing' })
        await delay(4100)
        for (let round = 0; round < 3; round++) {
          const { status, data, setCookie } = await visitor.send(look)
          expect([status, data.me, setCookie]).toEqual([200, { username: 'full' }, []])
        }
        limit('unlimited')
        await expect
          .poll(async () => (await visitor.send(look)).setCookie.length, {
            timeout: 20_000,
            interval: 500,
          })
          .toBe(1)
        expect((await visitor.data(write)).setSessionValue.__typename).toBe('SessionSuccess')
        expect(server.output().match(/Sessions cannot be written/g)).toHaveLength(1)
      } finally {
        await server.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})
