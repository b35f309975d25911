import { afterAll, describe, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { showActiveSessions } from '../../src/metrics/active-sessions.ts'
import { ofSessions } from '../../src/metrics/catalogue-of-sessions.ts'
import { createRegistry } from '../../src/metrics/registry.ts'
import type { SessionId } from '../../src/session/key.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { createStore } from '../session/memory-store.ts'

async function check(server: TestServer): Promise<void> {
  const { db, dependencies, passwords, now } = server.app
  const [database] = dependencies
  if (database === undefined) throw new Error('A server depends on its database.')
  const user = await createUser(db, passwords, { username: 'ada', password: 'x'.repeat(20) })
  const hour = 3_600_000
  const rows = Array.from({ length: 23 }, (_, at) => ({
    id: String(at).padStart(64, '0'),
    createdAt: new Date(now()),
    lastSeenAt: new Date(now()),
    // Many expire at one instant, more than one step looks at.
    expiresAt: new Date(now() + (at < 9 ? hour : (at - 12) * hour)),
    userId: at % 2 === 0 ? user.id : null,
    endedAt: at === 20 || at === 21 ? new Date(now()) : null,
  }))
  await db.session.createMany({ data: rows })
  const alive = rows.filter(({ expiresAt, endedAt }) => +expiresAt > now() && endedAt === null)
  const users = alive.filter(({ userId }) => userId !== null).length

  // The store has all but two of their records, and one that has expired; and those of sessions that are over.
  const store = createStore()
  const [first, second, third] = alive.filter(({ userId }) => userId !== null)
  for (const row of rows.filter((one) => one !== first && one !== second))
    await store.create(row.id as SessionId, {
      auth: { userId: user.id, epoch: 0, backend: 'password' },
      data: {},
      expiry: null,
      createdAt: +row.createdAt,
      lastSeenAt: +row.lastSeenAt,
      expiresAt: row === third ? now() : now() + 24 * hour,
      absoluteExpiresAt: null,
    })

  const registry = createRegistry()
  const warnings: unknown[] = []
  const warn = (...warning: unknown[]) => void warnings.push(warning)
  const parts = { db, database, now, warn, rowsAtOnce: 4 }
  const onScrape = showActiveSessions(registry, { ...parts, load: null })
  expect(registry.read(ofSessions.active)).toEqual([])
  onScrape()
  await expect.poll(() => registry.read(ofSessions.active)).toHaveLength(2)
  expect(registry.read(ofSessions.active).map(({ value }) => value)).toEqual([
    alive.length - users,
    users,
  ])
  // The oldest of them expired twelve hours less nine ago.
  const waited = registry.read(ofSessions.oldestExpired)[0]?.value ?? 0
  expect(Math.floor((waited * 1000) / hour)).toBe(3)

  const another = createRegistry()
  showActiveSessions(another, { ...parts, load: store.load })()
  await expect.poll(() => another.read(ofSessions.active)).toHaveLength(2)
  expect(another.read(ofSessions.active).map(({ value }) => value)).toEqual([
    alive.length - users,
    users - 3,
  ])
  expect([registry, another].map((one) => one.read(ofSessions.lost)[0]?.value)).toEqual([0, 3])
  expect(warnings).toEqual([])
}

test('the active sessions on SQLite are counted in small steps, each of them once, and of those signed in the ones whose record is stored', async () => {
  const server = await startServer()
  try {
    await check(server)
  } finally {
    await server.stop()
  }
})

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let postgresql: PostgresqlServer | undefined
  afterAll(() => postgresql?.stop())

  test('the active sessions on PostgreSQL are counted in small steps, each of them once, and of those signed in the ones whose record is stored', async () => {
    postgresql = await startPostgresql()
    const server = await startServer({ DATABASE_URL: await postgresql.database() })
    try {
      await check(server)
    } finally {
      await server.stop()
    }
  })
})
