import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../src/database/database.ts'
import { createKey, idOf, parseKey } from '../src/session/key.ts'
import { moveRecord } from '../src/session/moving/move.ts'
import { createDatabaseStore } from '../src/session/stores/database.ts'
import { createFileStore } from '../src/session/stores/file.ts'
import { createVisitor } from './harness.ts'
import { runCommand, startProcess } from './process.ts'
import { redisProgram, startRedis } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'
import { killedBehind } from './session/killed-behind.ts'

const register =
  'mutation { register(input: { username: "ada", password: "correct horse battery" }) { __typename } }'
const add = 'mutation { addCartItem(input: { sku: "hat", quantity: 2 }) { __typename } }'
const look = '{ me { username } session { id endReason } cart { totalQuantity } }'

describe('a change of engine', () => {
  let folder: string
  let environment: Record<string, string>
  let redis: RedisServer | null = null
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-moving-'))
    redis = redisProgram === null ? null : await startRedis()
    environment = { DATABASE_URL: 'file:./moving.db', ...(redis && { CACHE_URL: redis.url }) }
    await runCommand(folder, ['migrate'], environment)
  })
  afterAll(async () => {
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const move = (from: string, to: string, settings = {}) =>
    runCommand(folder, ['sessions', 'migrate', '--from', from, '--to', to], {
      ...environment,
      ...settings,
    })

  test('live sessions of guests and users survive every change of engine, and ended ones do not come back', async () => {
    const cookies: Record<'guest' | 'user' | 'ended', string | null> = {
      guest: null,
      user: null,
      ended: null,
    }
    const whileServing = async <Result>(
      engine: string,
      work: (
        visitor: (cookie: string | null) => ReturnType<typeof createVisitor>,
      ) => Promise<Result>,
    ) => {
      const server = await startProcess(folder, { ...environment, SESSION_ENGINE: engine })
      try {
        return await work((cookie) => createVisitor(`${server.url}/graphql`, 'sessionid', cookie))
      } finally {
        await server.stop()
      }
    }
    await whileServing('database', async (visitor) => {
      const [guest, user] = [visitor(null), visitor(null)]
      await guest.data(add)
      await user.data(add)
      await user.data(register)
      const copy = visitor(null)
      await copy.data(
        'mutation { login(input: { username: "ada", password: "correct horse battery" }) { __typename } }',
      )
      Object.assign(cookies, { guest: guest.cookie, user: user.cookie, ended: copy.cookie })
      await copy.data('mutation { logout { session { id } } }')
    })

    const stations = ['file', ...(redis ? ['cache'] : []), 'database']
    let from = 'database'
    for (const to of stations) {
      const { output, errors } = await move(from, to)
      expect([output, errors]).toEqual([
        `Moved 2 sessions to ${to}. Start the server with SESSION_ENGINE=${to}.\n`,
        '',
      ])
      await whileServing(to, async (visitor) => {
        expect(await visitor(cookies.guest).data(look)).toMatchObject({
          me: null,
          cart: { totalQuantity: 2 },
        })
        expect(await visitor(cookies.user).data(look)).toMatchObject({
          me: { username: 'ada' },
          cart: { totalQuantity: 2 },
        })
        expect(await visitor(cookies.ended).data(look)).toMatchObject({
          me: null,
          session: { id: null, endReason: 'LOGOUT' },
        })
      })
      expect((await move(from, to)).output).toContain('Moved 0 sessions')
      from = to
    }
  })

  test('a move of sessions that was killed half way is finished by the move back, and a server with one engine alone shows no session that is half way', async () => {
    const shop = { ...environment, DATABASE_URL: 'file:./killed.db', SESSION_FILE_PATH: './killed' }
    const file = { ...shop, SESSION_ENGINE: 'file', SESSION_ENGINE_PREVIOUS: 'database' }
    const back = { ...shop, SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: 'file' }
    const alone = { ...shop, SESSION_ENGINE: 'database' }
    await runCommand(folder, ['migrate'], shop)
    const cookies: string[] = []
    const serving = await startProcess(folder, back)
    for (let at = 0; at < 6; at++) {
      const visitor = createVisitor(`${serving.url}/graphql`, 'sessionid', null)
      await visitor.data(add)
      cookies.push(visitor.cookie!)
    }
    await serving.stop()

    // Kills the move of each session behind another of its calls.
    const db = await databaseKind(shop.DATABASE_URL).open(`file:${join(folder, 'killed.db')}`, {})
    const from = createDatabaseStore(db)
    const to = createFileStore({ path: join(folder, 'killed') })
    for (const [calls, cookie] of cookies.entries()) {
      const stores = killedBehind(calls, [from, to])
      const move = { from: stores[0]!, to: stores[1]!, now: Date.now }
      await moveRecord(move, idOf(parseKey(cookie)!)).catch(() => undefined)
    }
    await db.$disconnect()

    const carts = async (settings: Record<string, string>) => {
      const server = await startProcess(folder, settings)
      try {
        const seen: number[] = []
        for (const cookie of cookies) {
          const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', cookie)
          seen.push((await visitor.data('{ cart { totalQuantity } }')).cart.totalQuantity)
        }
        return { seen, output: server.output() }
      } finally {
        await server.stop()
      }
    }
    const { seen, output } = await carts(alone)
    expect(seen.filter((quantity) => quantity === 0).length).toBeGreaterThan(1)
    expect(output).toMatch(/has left the session [0-9a-f]+ half way/)
    expect(output).toContain('SESSION_ENGINE_PREVIOUS')
    for (const settings of [file, back])
      expect((await carts(settings)).seen).toEqual(Array(6).fill(2))

    const first = await runCommand(folder, ['sessions', 'migrate'], back)
    expect(first.output).toMatch(/^Moved [2-6] sessions to database\. Run it again before/)
    const second = await runCommand(folder, ['sessions', 'migrate'], back)
    expect(second.output).toBe(
      'Moved 0 sessions to database. The servers need SESSION_ENGINE_PREVIOUS no more.\n',
    )
    expect((await carts(alone)).seen).toEqual(Array(6).fill(2))
  })

  test('a move of sessions says how many it has left because they expired in the last hour by the clock of the machine', async () => {
    const shop = { DATABASE_URL: 'file:./expired.db', SESSION_FILE_PATH: './expired' }
    await runCommand(folder, ['migrate'], shop)
    const db = await databaseKind(shop.DATABASE_URL).open(`file:${join(folder, 'expired.db')}`, {})
    const store = createDatabaseStore(db)
    const ages = { minute: 60_000, day: 86_400_000 }
    for (const ago of [ages.minute, ages.minute, ages.day]) {
      const end = Date.now() - ago
      const clocks = { createdAt: end - 1, lastSeenAt: end - 1, expiresAt: end }
      const rest = { auth: null, data: {}, expiry: null, absoluteExpiresAt: null }
      await store.create(idOf(createKey()), { ...rest, ...clocks })
    }
    await db.$disconnect()
    const settings = { ...shop, SESSION_ENGINE: 'file', SESSION_ENGINE_PREVIOUS: 'database' }
    const { output } = await runCommand(folder, ['sessions', 'migrate'], settings)
    expect(output).toBe(
      'Moved 0 sessions to file. It left 2 sessions that expired in the last hour by the clock of this machine. The servers need SESSION_ENGINE_PREVIOUS no more.\n',
    )
    const machine = await runCommand(folder, ['sessions', 'migrate', '--json'], settings)
    expect(JSON.parse(machine.output)).toEqual({ moved: 0, refused: 0, justExpired: 2 })
  })

  test('a move from a Redis whose user may not scan fails with a sentence that names the right', async ({
    skip,
  }) => {
    if (redis === null) return skip('redis-server is not installed')
    const rights = ['+get', '+set', '+del', '+eval', '+evalsha', '+getrange', '+ping']
    const keys = '~coatcheck:session:*'
    await redis.send('ACL', 'SETUSER', 'shop', 'on', '>sesame', keys, '&coatcheck:*', ...rights)
    const CACHE_URL = redis.url.replace('//', '//shop:sesame@')
    const { code, errors } = await move('cache', 'database', { CACHE_URL })
    expect(code).toBe(1)
    expect(errors).toMatch(/CACHE_URL: Redis says NOPERM.* \+scan\n$/)
    expect(errors).not.toContain('    at ')
  })

  test.each([
    ['file', 'file', 'the same engine'],
    ['file', 'signed-cookies', 'people sign in again'],
    ['signed-cookies', 'file', 'people sign in again'],
    ['database', 'cached-database', 'nothing to move'],
    ['./nowhere.mjs', 'file', 'cannot be loaded'],
  ])('a move of sessions from %s to %s fails with a sentence: %s', async (from, to, sentence) => {
    const { code, errors } = await move(from, to, { CACHE_URL: 'redis://127.0.0.1:1' })
    expect(code).toBe(sentence === 'cannot be loaded' ? 4 : 1)
    // Before it stands what the log says of the cache, which is out of reach.
    const last = errors.trimEnd().split('\n').at(-1)
    expect(last).toContain(sentence)
    expect(last).not.toContain('    at ')
  })

  test.each([
    ['signed-cookies', 'database', 'people sign in again'],
    ['database', 'signed-cookies', 'people sign in again'],
    ['cached-database', 'database', 'nothing to move'],
  ])(
    'a server with %s does not start while %s is the engine before: %s',
    async (engine, previous, sentence) => {
      const { code, errors } = await runCommand(folder, ['serve'], {
        ...environment,
        CACHE_URL: 'redis://127.0.0.1:1',
        SESSION_ENGINE: engine,
        SESSION_ENGINE_PREVIOUS: previous,
        PORT: '0',
      })
      expect(code).toBeGreaterThan(0)
      expect(errors).toContain('SESSION_ENGINE_PREVIOUS')
      expect(errors).toContain(sentence)
      expect(errors).not.toContain('    at ')
    },
  )
})
