import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createVisitor, loginDocument, startServer } from '../harness.ts'
import { openEvents } from '../host/events.ts'
import { pgbouncerProgram, startPgbouncer } from '../pgbouncer-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import { expectEnd, startOne, untilDown, watchFrom } from './scenes.ts'

const isInstalled = postgresqlProgram !== null && pgbouncerProgram !== null

// They wait more than they work, so they wait beside each other.
describe.skipIf(!isInstalled).concurrent('the bus behind PgBouncer', () => {
  let postgresql: PostgresqlServer
  let url: string
  beforeAll(async () => {
    postgresql = await startPostgresql()
    url = await postgresql.database()
  })
  afterAll(async () => postgresql?.stop())

  test('an end reaches the other process through a pooler that lends out connections for a session', async () => {
    const pooler = await startPgbouncer(url)
    const settings = { DATABASE_URL: `${pooler.through(url)}?connection_limit=4` }
    const servers = [await startOne(settings), await startOne(settings)] as const
    expect(servers[0].app.bus.kind).toBe('postgresql')
    await expectEnd(await watchFrom(...servers))
    await Promise.all(servers.map((server) => server.stop()))
    await pooler.stop()
  })

  test('no process takes its bus for up once its pooler lends out connections for a transaction', async () => {
    const pooler = await startPgbouncer(url)
    const settings = { DATABASE_URL: `${pooler.through(url)}?connection_limit=4` }
    const servers = [await startOne(settings), await startOne(settings)] as const
    await expectEnd(await watchFrom(...servers))
    pooler.lend('transaction')
    await Promise.all(servers.map(untilDown))
    await Promise.all(servers.map((server) => server.stop()))
    await pooler.stop()
  })

  test.skipIf(redisProgram === null)(
    'behind a pooler that lends out connections for a transaction, Redis carries the bus, and the log says so once',
    async () => {
      const pooler = await startPgbouncer(url, { pool: 'transaction' })
      const redis = await startRedis()
      const settings = { DATABASE_URL: pooler.through(url), CACHE_URL: redis.url }
      const servers = [await startOne(settings), await startOne(settings)] as const
      expect(servers[0].app.bus.kind).toBe('redis')
      await expectEnd(await watchFrom(...servers))
      expect(linesOf(servers[0])).toEqual([
        'LISTEN of PostgreSQL cannot carry the bus: Redis carries it instead',
      ])
      await Promise.all(servers.map((server) => server.stop()))
      await redis.stop()
      await pooler.stop()
    },
  )

  test(
    'behind a pooler that lends out connections for a transaction, and without Redis, there is no bus: the log says so once, and a stream sees the end by itself',
    { tags: ['E24'] },
    async () => {
      const pooler = await startPgbouncer(url, { pool: 'transaction' })
      const settings = { DATABASE_URL: pooler.through(url), SESSION_RECHECK_INTERVAL: '1' }
      const servers = [await startServer(settings), await startServer(settings)] as const
      const kinds = () => servers.map((server) => server.app.bus.kind)
      await vi.waitFor(() => expect(kinds()).toEqual(['process', 'process']), 60_000)
      expect(servers[0].app.bus.state.isUp).toBe(false)
      expect(linesOf(servers[0])).toEqual([
        'LISTEN of PostgreSQL cannot carry the bus: streams see what other processes end within 1 s',
      ])
      await expectEnd(await watchFrom(...servers))
      await Promise.all(servers.map((server) => server.stop()))
      await pooler.stop()
    },
  )

  test('behind a pooler that lends out connections for a transaction, and without Redis, workers hear each other at once, and /ready says that the bus is down', async ({
    onTestFinished,
  }) => {
    const pooler = await startPgbouncer(url, { pool: 'transaction' })
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bus-'))
    const admin = { username: 'admin', password: 'a bus between the workers' }
    const server = await startProcess(folder, {
      DATABASE_URL: pooler.through(url),
      WORKERS: '2',
      ADMIN_PASSWORD: admin.password,
      SESSION_RECHECK_INTERVAL: '3600',
    })
    onTestFinished(async () => {
      await server.stop()
      await pooler.stop()
      rmSync(folder, { recursive: true, force: true })
    })
    const readiness = async () => (await fetch(`${server.url}/ready`)).json()
    await vi.waitFor(
      async () => expect(await readiness()).toEqual({ status: 'ready', bus: 'down' }),
      60_000,
    )
    await vi.waitUntil(() => server.output().includes('between the workers of this server'), 60_000)
    const endpoint = `${server.url}/graphql`
    const visitor = createVisitor(endpoint, 'sessionid', null)
    await visitor.data(loginDocument, admin)
    // Each is a connection, and workers take these by turns.
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => openEvents(endpoint, visitor.cookie)),
    )
    await visitor.data('mutation { logout { __typename } }')
    for (const stream of streams)
      expect(await stream.next()).toEqual({ __typename: 'SessionEnded', reason: 'LOGOUT' })
  })
})

/** What the log says of the bus. */
function linesOf({ logs }: { readonly logs: Record<string, unknown>[] }): unknown[] {
  return logs.map(({ msg }) => msg).filter((line) => /\bbus\b/.test(String(line)))
}
