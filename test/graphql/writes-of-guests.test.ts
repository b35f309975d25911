import { expect, onTestFinished, test, vi } from 'vitest'
import { createClock, startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'

test.skipIf(postgresqlProgram === null || redisProgram === null)(
  '/ready and the log say once that sessions cannot be written where the database takes no writes, though the cache stores those of guests',
  async () => {
    const postgresql = await startPostgresql()
    onTestFinished(() => postgresql.stop())
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const clock = createClock()
    const url = await postgresql.database()
    const server = await startServer(
      { DATABASE_URL: url, SESSION_ENGINE: 'cache', CACHE_URL: redis.url },
      { now: clock.now },
    )
    onTestFinished(() => server.stop())
    const user = await server.signedIn('ada')
    const guest = server.visitor()
    const takesWrites = async (says: 'on' | 'off') => {
      await postgresql.ask(`ALTER SYSTEM SET default_transaction_read_only = ${says}`)
      await postgresql.ask('SELECT pg_reload_conf()')
      const shown = () => postgresql.ask('SHOW default_transaction_read_only')
      await vi.waitFor(async () =>
        expect(await shown()).toEqual([{ default_transaction_read_only: says }]),
      )
    }
    const ready = async () => (await fetch(`${server.url}/ready`)).json()
    const told = () => server.logs.filter(({ msg }) => /^Sessions (cannot|are)/.test(String(msg)))

    await takesWrites('on')
    for (let round = 0; round < 3; round++) {
      expect((await user.send(addItem)).status).toBe(503)
      await guest.data(addItem)
      await vi.waitFor(async () => expect(await ready()).toMatchObject({ writes: 'failing' }))
    }
    expect(told()).toHaveLength(1)

    await takesWrites('off')
    clock.advance(61_000) // no user's write has failed for a while
    await guest.data(addItem)
    expect(await ready()).not.toHaveProperty('writes')
    expect(told()).toHaveLength(2)
  },
)
