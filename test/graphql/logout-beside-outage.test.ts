import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../harness.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

test.skipIf(redisProgram === null)(
  'a logout beside a Redis that takes no writes is done: the session is over, it says why, and the audit has it',
  async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const server = await startServer({ SESSION_ENGINE: 'cache', CACHE_URL: redis.url })
    onTestFinished(() => server.stop())
    const visitor = await server.signedIn('ada')
    const tab = server.visitor(visitor.cookie)
    await redis.send('CONFIG', 'SET', 'min-replicas-to-write', '1')

    const { data, setCookie } = await visitor.send('mutation { logout { __typename } }')

    expect(data).toEqual({ logout: { __typename: 'LogoutSuccess' } })
    expect(setCookie).toHaveLength(1)
    expect(await tab.data('{ me { id } session { endReason } }')).toEqual({
      me: null,
      session: { endReason: 'LOGOUT' },
    })
    expect(await server.app.db.auditEvent.count({ where: { type: 'LOGOUT' } })).toBe(1)
  },
)
