import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { expectEnd, expectEnded, startOne, untilUp, watchFrom } from './scenes.ts'

describe.skipIf(postgresqlProgram === null)('the bus over PostgreSQL', () => {
  let postgresql: PostgresqlServer
  let url: string
  let here: TestServer
  let there: TestServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
    url = await postgresql.database()
    here = await startOne({ DATABASE_URL: url })
    there = await startOne({ DATABASE_URL: url })
  })
  afterAll(async () => {
    await Promise.all([here?.stop(), there?.stop()])
    await postgresql?.stop()
  })

  async function ask(sql: string): Promise<{ [column: string]: unknown }[]> {
    const client = new Client({ connectionString: url })
    await client.connect()
    return (await client.query(sql).finally(() => client.end())).rows
  }

  test(
    'an end on one process ends the stream of another, over PostgreSQL',
    { tags: ['E24'] },
    async () => {
      expect(here.app.bus.kind).toBe('postgresql')
      await expectEnd(await watchFrom(here, there))
    },
  )

  test('a change on one process reaches the reader of another, over PostgreSQL', async () => {
    const { visitor, events } = await watchFrom(here, there)
    await visitor.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
    expect(await events.next()).toMatchObject({ __typename: 'SessionChanged' })
    events.leave()
  })

  test('the bus over PostgreSQL hears its own heartbeat, and knows how long that took', () => {
    expect(here.app.bus.state).toMatchObject({ isUp: true, dropped: 0 })
    expect(here.app.bus.state.lag).toBeGreaterThan(0)
  })

  /** Ends all sessions by a statement of this test, which tells no process: as if the message were lost. */
  const endUntold = () =>
    ask(`UPDATE "Session" SET "endedAt" = now() at time zone 'utc', "endReason" = 'LOGOUT'`)

  test('a bus whose connection PostgreSQL ends comes up again, and its streams look for what it missed', async () => {
    const watched = await watchFrom(here, there)
    await endUntold()
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query ~ '^LISTEN|pg_notify'`
    expect(await ask(end)).toHaveLength(2)
    await expectEnded(watched.events)
    await untilUp(here)
    await untilUp(there)
    await expectEnd(await watchFrom(there, here))
  })

  test('a bus outlives a PostgreSQL that is killed and started again, and its streams look for what it missed', async () => {
    const watched = await watchFrom(here, there)
    await endUntold()
    await postgresql.kill()
    const says = (start: string) => there.logs.filter(({ msg }) => String(msg).startsWith(start))
    await vi.waitUntil(() => says('The bus is down').length > 0, 60_000)
    expect(there.app.bus.state.lag).toBeNull()
    await postgresql.start()
    await expectEnded(watched.events)
    await untilUp(here)
    await untilUp(there)
    expect(there.app.bus.state.lag).toBeGreaterThan(0)
    await expectEnd(await watchFrom(here, there))
    expect(says('The bus is down')).toHaveLength(1)
    expect(says('The bus is back')).toHaveLength(1)
  })

  test('a bus comes up again while the pool of its process has every other connection that PostgreSQL grants', async () => {
    await ask(`CREATE ROLE held LOGIN SUPERUSER`)
    await ask(`ALTER ROLE held CONNECTION LIMIT 3 NOSUPERUSER`)
    await ask(`GRANT ALL ON ALL TABLES IN SCHEMA public TO held`)
    const full = new URL(url)
    full.username = 'held'
    full.searchParams.set('connection_limit', '2')
    const server = await startOne({ DATABASE_URL: full.href })
    const { since } = server.app.bus.state
    let letGo = () => {}
    const held = new Promise<void>((done) => (letGo = done))
    const holding = [1, 2].map(() =>
      server.app.db.$transaction(async (tx) => {
        await tx.session.count()
        await held
      }),
    )
    const own = `FROM pg_stat_activity WHERE usename = 'held'`
    const count = async () => Number((await ask(`SELECT count(*)::int AS n ${own}`))[0]?.['n'])
    await expect.poll(count).toBe(3)
    await ask(`SELECT pg_terminate_backend(pid) ${own} AND query ~ '^LISTEN|pg_notify'`)
    await vi.waitUntil(() => server.app.bus.state.since > since, 60_000)
    await untilUp(server)
    expect(await count()).toBe(3)
    letGo()
    await Promise.all(holding)
    await expectEnd(await watchFrom(here, server))
    await server.stop()
  })

  test('the bus over PostgreSQL counts text of other programs in its channel, and ignores it', async () => {
    const before = there.app.bus.state.dropped
    const [row] = await ask(
      `SELECT id FROM _prisma_migrations ORDER BY started_at, migration_name LIMIT 1`,
    )
    for (const text of ['', 'garbage', `1 ${'x'.repeat(11)} s !!`])
      await ask(`SELECT pg_notify('coatcheck:${String(row?.['id'])}', '${text}')`)
    await expect.poll(() => there.app.bus.state.dropped).toBe(before + 3)
    await expectEnd(await watchFrom(here, there))
  })
})
