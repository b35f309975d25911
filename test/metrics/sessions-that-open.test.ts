import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { programOrSkip } from '../programs.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { createStore } from '../session/memory-store.ts'
import { parseMetrics } from './parse.ts'

const open: TestServer[] = []
async function start(...words: Parameters<typeof startServer>): Promise<TestServer> {
  const server = await startServer({ METRICS_PORT: '0', ...words[0] }, words[1])
  open.push(server)
  return server
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()))
})

/** Half a minute passes between two counts: the clock that they go by is put on. */
let passed = 0
const hour = 3_600_000
const clock = performance.now.bind(performance)
beforeAll(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + passed)
})
afterAll(() => {
  vi.restoreAllMocks()
})

async function scrape(server: TestServer) {
  const found = parseMetrics((await server.app.metrics?.text()) ?? '')
  return {
    signedIn: found.value('coatcheck_sessions_active', { kind: 'signed_in' }),
    lost: found.value('coatcheck_sessions_lost'),
    guests: found.value('coatcheck_sessions_active', { kind: 'guest' }),
    at: found.value('coatcheck_sessions_sampled_timestamp_seconds') ?? 0,
  }
}

/** How many are signed in by a count that begins now. */
async function signedIn(server: TestServer): Promise<number | undefined> {
  const last = await scrape(server)
  await expect
    .poll(async () => {
      passed += hour
      return (await scrape(server)).at
    })
    .toBeGreaterThan(last.at)
  return (await scrape(server)).signedIn
}

async function signIn(server: TestServer, ...names: string[]): Promise<void> {
  for (const name of names) await server.signedIn(name)
}

/** Puts sessions of one user into the roster and into the store, as a login does. */
async function enlist(server: TestServer, count: number): Promise<readonly SessionId[]> {
  const { db, passwords, settings, now } = server.app
  const user = await createUser(db, passwords, { username: 'many', password })
  const clocks = { createdAt: now(), lastSeenAt: now(), expiresAt: now() + 86_400_000 }
  const ids = Array.from({ length: count }, () => idOf(createKey()))
  const [createdAt, expiresAt] = [new Date(clocks.createdAt), new Date(clocks.expiresAt)]
  const row = { userId: user.id, epoch: 0, createdAt, lastSeenAt: createdAt, expiresAt }
  await db.session.createMany({ data: ids.map((id) => ({ id, ...row })) })
  const auth = { userId: user.id, epoch: 0, backend: 'password' }
  const record = { auth, data: {}, expiry: null, ...clocks, absoluteExpiresAt: null }
  for (const id of ids) await settings.store.create(id, record)
  return ids
}

describe.skipIf(redisProgram === null)('Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())
  const onCache = () => ({ SESSION_ENGINE: 'cache', CACHE_URL: redis.url })

  test('a Redis that forgets all records leaves only those signed in who sign in again', async () => {
    const server = await start(onCache())
    await signIn(server, 'ada', 'bob', 'cyd')
    expect(await signedIn(server)).toBe(3)
    await redis.send('FLUSHALL')
    await signIn(server, 'dan')
    expect(await signedIn(server)).toBe(1)
  })

  test('while Redis hangs or is away the last count stays, and one that comes back empty is seen', async () => {
    const server = await start({ ...onCache(), SESSION_STORE_TIMEOUT: '1000' })
    await signIn(server, 'ada', 'bob')
    expect(await signedIn(server)).toBe(2)
    const failures = () =>
      server.logs.filter(({ msg }) => msg === 'The active sessions could not be counted.').length
    const untilItFails = async () => {
      const soFar = failures()
      await expect
        .poll(async () => {
          passed += hour
          await scrape(server)
          return failures()
        })
        .toBeGreaterThan(soFar)
      return scrape(server)
    }
    const staysAsItWas = async () => {
      const shown = await untilItFails() // a count that was under way may have come to its end before
      expect(shown.signedIn).toBe(2)
      expect(await untilItFails()).toEqual(shown)
    }
    redis.pause()
    await staysAsItWas()
    redis.resume()
    expect(await signedIn(server)).toBe(2)
    await redis.kill()
    await staysAsItWas()
    await redis.restart()
    expect(await signedIn(server)).toBe(0)
  })

  test('while sessions move, those that either store still has are signed in', async () => {
    const shared = await start({ SESSION_ENGINE: 'database' })
    await signIn(shared, 'ada')
    const settings = { ...onCache(), SESSION_ENGINE_PREVIOUS: 'database' }
    const DATABASE_URL = `file:${join(shared.folder, 'test.db')}`
    const server = await start({ ...settings, DATABASE_URL })
    await signIn(server, 'bob', 'cyd')
    expect(await signedIn(server)).toBe(3)
    await redis.send('FLUSHALL')
    expect(await signedIn(server)).toBe(1)
  })

  test('sessions that expire or are logged out of are not counted as lost by their store', async () => {
    const server = await start(onCache())
    const ada = await server.signedIn('ada')
    await signIn(server, 'bob', 'cyd')
    const bob = await server.app.users.find({ username: 'bob' })
    await ada.data('mutation { logout { __typename } }')
    const where = { userId: bob?.id ?? '' }
    await server.app.db.session.updateMany({ where, data: { expiresAt: new Date(0) } })
    expect([await signedIn(server), (await scrape(server)).lost]).toEqual([1, 0])
  })

  const promtool = programOrSkip('promtool')
  test.skipIf(promtool === null)(
    'CoatcheckSessionsLost fires on what a server shows before and after its Redis forgets',
    async () => {
      const server = await start(onCache())
      await enlist(server, 60)
      const count = async () => [await signedIn(server), (await scrape(server)).lost]
      const before = await count()
      await redis.send('FLUSHALL')
      await signIn(server, 'ada')
      const after = await count()
      expect([before, after]).toEqual([
        [60, 0],
        [1, 60],
      ])
      const file = join(server.folder, 'signed-out.test.yml')
      writeFileSync(
        file,
        `
rule_files: ['${resolve('deploy/alerts.yml')}']
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'coatcheck_sessions_active{instance="a", kind="signed_in"}'
        values: '${before[0]}x20 ${after[0]}x10'
      - series: 'coatcheck_sessions_lost{instance="a"}'
        values: '${before[1]}x20 ${after[1]}x10'
    promql_expr_test:
      - expr: count(ALERTS{alertname="CoatcheckSessionsLost"}) or vector(0)
        eval_time: 20m
        exp_samples: [{ value: 0 }]
      - expr: count(ALERTS{alertname="CoatcheckSessionsLost"}) or vector(0)
        eval_time: 22m
        exp_samples: [{ value: 1 }]
`,
      )
      const { stdout, stderr } = spawnSync(promtool ?? '', ['test', 'rules', file], {
        encoding: 'utf8',
      })
      expect(stdout + stderr).toContain('SUCCESS')
    },
  )
})

test.skipIf(memcachedProgram === null)(
  'a Memcached that starts again empty leaves only those signed in who sign in again',
  async () => {
    const memcached = await startMemcached()
    try {
      const CACHE_URL = `memcached://${memcached.name}`
      const server = await start({ SESSION_ENGINE: 'cache', CACHE_URL })
      await signIn(server, 'ada', 'bob')
      expect(await signedIn(server)).toBe(2)
      await memcached.ask('flush_all\r\n')
      await signIn(server, 'cyd')
      expect(await signedIn(server)).toBe(1)
    } finally {
      await memcached.stop()
    }
  },
)

test('session files that are deleted leave only those signed in who sign in again', async () => {
  const SESSION_FILE_PATH = mkdtempSync(join(tmpdir(), 'coatcheck-files-'))
  try {
    const server = await start({ SESSION_ENGINE: 'file', SESSION_FILE_PATH })
    await signIn(server, 'ada', 'bob')
    expect(await signedIn(server)).toBe(2)
    for (const name of readdirSync(SESSION_FILE_PATH))
      if (/^[0-9a-f]{2}$/.test(name)) rmSync(join(SESSION_FILE_PATH, name), { recursive: true })
    await signIn(server, 'cyd')
    expect(await signedIn(server)).toBe(1)
  } finally {
    rmSync(SESSION_FILE_PATH, { recursive: true })
  }
})

test('of many sessions 500 records are asked for, and the count shrinks by the share that is lost', async () => {
  const store = createStore()
  let asked = 0
  const load = (id: SessionId) => {
    asked++
    return store.load(id)
  }
  const server = await start({}, { engine: () => ({ ...store, load }) })
  const ids = await enlist(server, 3000)
  expect(await signedIn(server)).toBe(3000)
  expect(asked).toBe(500)
  for (const id of ids.slice(0, 1500)) await store.delete(id)
  const half = await signedIn(server)
  // Six times what a sample of 500 is wrong by as a rule.
  expect(half).toBeGreaterThan(1100)
  expect(half).toBeLessThan(1900)
  for (const id of ids) await store.delete(id)
  expect(await signedIn(server)).toBe(0)
})

test('no record is asked for where rows hold the records, or where cookies carry them', async () => {
  const onRows = await start({ SESSION_ENGINE: 'database' })
  await signIn(onRows, 'ada')
  await onRows.app.db.session.updateMany({ data: { data: 'no record' } })
  expect(await signedIn(onRows)).toBe(1)
  expect(onRows.logs.filter(({ level }) => Number(level) > 30)).toEqual([])
  const inCookies = await start({ SESSION_ENGINE: 'signed-cookies' })
  await signIn(inCookies, 'ada')
  expect(await signedIn(inCookies)).toBe(1)
})

test('a cookie that another SECRET_KEY has sealed is counted as foreign, and one that opens nothing is not', async () => {
  const count = async (server: TestServer) => {
    const text = (await server.app.metrics?.text()) ?? ''
    return parseMetrics(text).value('coatcheck_cookies_foreign_total')
  }
  const sealing = (letter: string) => ({
    SESSION_ENGINE: 'signed-cookies',
    SECRET_KEY: letter.repeat(50),
  })
  const [before, after] = [await start(sealing('a')), await start(sealing('b'))]
  const ada = await before.signedIn('ada')
  await ada.data('{ me { id } }')
  expect(await count(before)).toBe(0)
  await after.visitor(ada.cookie).data('{ me { id } }')
  await after.visitor().data('{ me { id } }')
  expect(await count(after)).toBe(1)
  const onRows = await start()
  await onRows.visitor(createKey()).data('{ me { id } }')
  expect(await count(onRows)).toBe(0)
})
