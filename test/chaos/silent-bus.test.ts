import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { expectEnd, expectEnded, startOne, untilDown, untilUp, watchFrom } from '../bus/scenes.ts'
import { startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import { openProxy } from './proxy.ts'

test.skipIf(postgresqlProgram === null)(
  'a process whose connection to the bus falls silent notices by its heartbeat and says so, every request sees an end at once meanwhile, and a stream sees it when the bus is back',
  { tags: ['E24', 'H10'], meta: { engine: 'PostgreSQL' } },
  async () => {
    const postgresql = await startPostgresql()
    const url = await postgresql.database()
    const way = await openProxy(postgresql.port, { only: /LISTEN /i })
    const other = await startOne({ DATABASE_URL: url })
    const through = url.replace(`:${postgresql.port}`, `:${way.port}`)
    const cutOff = await startOne({ DATABASE_URL: through })
    try {
      const watched = await watchFrom(other, cutOff)
      const copy = cutOff.visitor(watched.visitor.cookie)
      way.stall()
      await watched.visitor.data('mutation { logout { __typename } }')
      const { me, session } = await copy.data('{ me { id } session { id } }')
      expect({ me, session }).toEqual({ me: null, session: { id: null } })
      await untilDown(cutOff)
      const ready = async () => {
        const answer = await fetch(`${cutOff.url}/ready`)
        return { status: answer.status, body: await answer.json() }
      }
      const down = { status: 200, body: { status: 'ready', bus: 'down' } }
      await vi.waitFor(async () => expect(await ready()).toEqual(down), 30_000)

      way.heal()
      await expectEnded(watched.events)
      await untilUp(cutOff)
      await expectEnd(await watchFrom(other, cutOff))
    } finally {
      await Promise.all([cutOff.stop(), other.stop()])
      await way.close()
      await postgresql.stop()
    }
  },
)

test.skipIf(redisProgram === null)(
  'a process whose connection to the bus over Redis falls silent ends its streams by the SQLite file, long before their re-check',
  { tags: ['E24', 'H10'], meta: { engine: 'Redis' } },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-silent-'))
    const redis = await startRedis()
    const way = await openProxy(redis.port, { only: /SUBSCRIBE/i })
    const url = `file:${join(folder, 'silent.db')}`
    const other = await startOne({ DATABASE_URL: url, CACHE_URL: redis.url })
    const through = redis.url.replace(`:${redis.port}`, `:${way.port}`)
    const cutOff = await startServer({
      DATABASE_URL: url,
      CACHE_URL: through,
      SESSION_RECHECK_INTERVAL: '3600',
    })
    try {
      await untilUp(cutOff)
      expect([other, cutOff].map(({ app }) => app.bus.kind)).toEqual(['redis', 'redis'])
      way.stall()
      await expectEnd(await watchFrom(other, cutOff))
    } finally {
      await Promise.all([cutOff.stop(), other.stop()])
      await way.close()
      await redis.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
