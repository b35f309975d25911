import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor } from './harness.ts'
import { runCommand, startProcess } from './process.ts'
import { redisProgram, startRedis } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'

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
