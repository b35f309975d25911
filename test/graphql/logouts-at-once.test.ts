import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { parseMetrics } from '../metrics/parse.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const logout = 'mutation { logout { __typename } }'

const hasRedis = redisProgram !== null
const engines = ['database', 'file', 'signed-cookies', ...(hasRedis ? ['cache'] : [])]

let redis: RedisServer | null = null
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-logouts-'))
  redis = hasRedis ? await startRedis() : null
})
afterAll(async () => {
  await redis?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(engines)('with %s', (engine) => {
  /** Two processes on one database: they do not wait for each other. */
  const servers: TestServer[] = []
  beforeAll(async () => {
    const settings = {
      METRICS_PORT: '0',
      DATABASE_URL: `file:${join(folder, `${engine}.db`)}`,
      SESSION_ENGINE: engine,
      SECRET_KEY: 'only for processes of this test!',
      ...(engine === 'file' && { SESSION_FILE_PATH: join(folder, 'sessions') }),
      ...(redis && { CACHE_URL: redis.url }),
    }
    servers.push(await startServer(settings), await startServer(settings))
  })
  afterAll(async () => {
    for (const server of servers) await server.stop()
  })

  async function ended(): Promise<number> {
    let sum = 0
    for (const { app } of servers) {
      const { value } = parseMetrics((await app.metrics?.text()) ?? '')
      sum += value('coatcheck_sessions_ended_total', { reason: 'LOGOUT' }) ?? 0
    }
    return sum
  }

  test.each([
    ['one process', 0],
    ['two processes', 1],
  ])(
    `logouts of one session at the same moment at %s are one end and one event, with ${engine}`,
    async (_where, other) => {
      const [one] = servers as [TestServer]
      const another = servers[other] ?? one
      const { db } = one.app
      const counts = async () => ({
        ends: await ended(),
        events: await db.auditEvent.count({ where: { type: 'LOGOUT' } }),
      })
      for (let round = 1; round <= 5; round++) {
        const ada = await one.signedIn(`ada${round}at${other}`)
        const before = await counts()
        const tabs = [one, another, one, another].map((server) => server.visitor(ada.cookie))
        const answers = await Promise.all(tabs.map((tab) => tab.data(logout)))
        for (const answer of answers)
          expect(answer).toEqual({ logout: { __typename: 'LogoutSuccess' } })
        expect(await counts()).toEqual({ ends: before.ends + 1, events: before.events + 1 })
      }
    },
  )
})

test('a logout after another end in the same request is an event of its own', async () => {
  const server = await startServer()
  const visitor = await server.signedIn('ada')
  await server.signedIn('bob')
  const { session } = await visitor.data('{ session { id } }')
  const request = /* GraphQL */ `
    mutation ($id: ID!, $input: LoginInput!) {
      revokeSession(id: $id) {
        __typename
      }
      login(input: $input) {
        __typename
      }
      logout {
        __typename
      }
    }
  `
  await visitor.data(request, { id: session.id, input: { username: 'bob', password } })
  const { id: actorId } = await server.app.db.user.findUniqueOrThrow({
    where: { usernameKey: 'bob' },
  })
  expect(await server.app.db.auditEvent.count({ where: { type: 'LOGOUT', actorId } })).toBe(1)
  await server.stop()
})
