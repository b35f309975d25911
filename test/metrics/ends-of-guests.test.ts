import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginDocument, password, registerDocument, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { parseMetrics } from './parse.ts'

const put = 'mutation { addCartItem(input: { sku: "mug" }) { __typename } }'
const logout = 'mutation { logout { session { id } } }'
const look = '{ session { id } }'
const change =
  'mutation ($password: String!) { changePassword(input: { currentPassword: $password, newPassword: "another horse battery staple" }) { __typename } }'
const revoke = 'mutation ($id: ID!) { revokeAnySession(id: $id) { __typename } }'

const hasRedis = redisProgram !== null
const engines = ['database', 'file', 'signed-cookies', ...(hasRedis ? ['cache'] : [])]

let redis: RedisServer | null = null
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-ends-'))
  redis = hasRedis ? await startRedis() : null
})
afterAll(async () => {
  await redis?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(engines)('with %s', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      METRICS_PORT: '0',
      SESSION_ENGINE: engine,
      SECRET_KEY: 'only for processes of this test!',
      ...(engine === 'file' && { SESSION_FILE_PATH: join(folder, 'sessions') }),
      ...(redis && { CACHE_URL: redis.url }),
    })
  })
  afterAll(() => server.stop())

  async function ended(reason: string): Promise<number> {
    const { value } = parseMetrics((await server.app.metrics?.text()) ?? '')
    return value('coatcheck_sessions_ended_total', { reason }) ?? 0
  }

  async function guest() {
    const visitor = server.visitor()
    await visitor.data(put)
    return visitor
  }

  /** How many sessions of visitors there are, by what was counted. */
  async function left(): Promise<number> {
    const { samples } = parseMetrics((await server.app.metrics?.text()) ?? '')
    const sum = (metric: string) =>
      samples.filter(({ name }) => name === metric).reduce((all, { value }) => all + value, 0)
    return sum('coatcheck_sessions_started_total') - sum('coatcheck_sessions_ended_total')
  }

  test(`each session whose place a login takes is counted once, as replaced, and a change of password ends none, with ${engine}`, async () => {
    for (const username of ['ada', 'bob']) {
      const owner = server.visitor()
      await owner.data(registerDocument, { username, password })
      await owner.data(logout)
    }
    const [replaced, before] = [await ended('REPLACED'), await left()]
    const visitor = await guest()
    const rise = async (step: Promise<unknown>) => {
      await step
      return [(await ended('REPLACED')) - replaced, (await left()) - before]
    }
    const login = (username: string) => rise(visitor.data(loginDocument, { username, password }))
    expect(await login('ada')).toEqual([1, 1])
    expect(await login('ada')).toEqual([2, 1])
    expect(await login('bob')).toEqual([3, 1])
    expect(await rise(visitor.data(change, { password }))).toEqual([3, 1])
    const other = await guest()
    expect(await rise(other.data(registerDocument, { username: 'eve', password }))).toEqual([4, 2])
    await rise(visitor.data(logout))
    expect(await rise(other.data(logout))).toEqual([4, 0])
  })

  test(`each logout of a guest is counted once, with ${engine}`, async () => {
    const before = await ended('LOGOUT')
    for (let count = 1; count <= 3; count++) {
      await (await guest()).data(logout)
      expect((await ended('LOGOUT')) - before).toBe(count)
    }
  })

  test.skipIf(engine === 'signed-cookies')(
    `two logouts of one guest at the same moment are counted once, with ${engine}`,
    async () => {
      const before = await ended('LOGOUT')
      for (let count = 1; count <= 5; count++) {
        const { cookie } = await guest()
        const both = [server.visitor(cookie), server.visitor(cookie)]
        await Promise.all(both.map((visitor) => visitor.send(logout)))
        expect((await ended('LOGOUT')) - before).toBe(count)
      }
    },
  )

  test.skipIf(engine === 'signed-cookies')(
    `a guest whose session staff have ended is counted once, with ${engine}`,
    async () => {
      const staff = await server.signedIn('grace', { isStaff: true })
      const { id } = (await (await guest()).data(look)).session
      const before = await ended('REVOKED')
      await staff.data(revoke, { id })
      await staff.data(revoke, { id })
      expect((await ended('REVOKED')) - before).toBe(1)
    },
  )
})
