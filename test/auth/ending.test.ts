import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AuthEvent } from '../../src/auth/audit/auth-event.ts'
import { setUserActive } from '../../src/auth/accounts/activation.ts'
import { endSessions } from '../../src/auth/sessions/ending.ts'
import { createRevocation } from '../../src/auth/sessions/revocation.ts'
import type { SessionId } from '../../src/session/key.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const statements: string[] = []
let server: TestServer
beforeAll(async () => {
  server = await startServer({}, { onStatement: (sql) => statements.push(sql) })
})
afterAll(() => server.stop())

test.each([
  ['records in a store of their own are deleted one by one', false, ['a', 'b']],
  ['records in the roster’s rows end with them', true, []],
])('%s, and a store that fails changes nothing about the end', async (_, recordsAreRows, asks) => {
  const { db, settings } = server.app
  const at = settings.now()
  const times = { createdAt: new Date(at), lastSeenAt: new Date(at), expiresAt: new Date(at + 9e5) }
  await db.session.createMany({
    data: [
      { id: 'a'.repeat(64), version: 0, ...times },
      { id: 'b'.repeat(64), version: 1, data: '{}', ...times },
    ],
  })
  const asked: string[] = []
  const told: string[] = []
  const store = {
    ...settings.store,
    async delete(id: string) {
      asked.push(id)
      throw new Error('The store is away.')
    },
  }
  const log = { warn: (_details: object, message: string) => void told.push(message) }

  const context = { db, store, now: settings.now, recordsAreRows, log }
  const ended = await endSessions(context, {}, 'REVOKED')

  expect(ended).toEqual({ count: 2, isComplete: true })
  expect(asked.map(([first]) => first).sort()).toEqual(asks)
  expect(told).toHaveLength(asks.length > 0 ? 1 : 0)
  expect(await db.session.count({ where: { endedAt: null } })).toBe(0)
  await db.session.deleteMany()
})

/** What ends sessions of this server. */
const endingOf = ({ app }: TestServer) => ({
  ...app,
  store: app.settings.store,
  recordsAreRows: true,
})

const updates = () => statements.filter((sql) => /^UPDATE .*Session.*endReason/.test(sql))
const planted = 1500

/** Plants so many sessions: of the user, or of guests. */
async function plant(count: number, userId: string | null = null): Promise<void> {
  const now = Date.now()
  await server.app.db.$executeRawUnsafe(
    `WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
     INSERT INTO Session (id, userId, epoch, createdAt, lastSeenAt, expiresAt, version, data)
     SELECT printf('%064x', n), ?, 0, ?, ?, ?, 1, '{}' FROM number`,
    count,
    userId,
    now,
    now,
    now + 900_000,
  )
  statements.length = 0
}

const living = () => server.app.db.session.count({ where: { endedAt: null } })

describe('very many sessions', () => {
  beforeEach(() => server.app.db.session.deleteMany())

  test(
    'five thousand sessions end by statements of a hundred rows at most on SQLite, each acknowledged before the next',
    { tags: ['G12'] },
    async () => {
      const planted = 5_000
      await plant(planted)
      const order: string[] = []
      const events = { publishMany: () => void order.push('told') }
      const context = { ...endingOf(server), events }
      const seen = new Set<SessionId>()
      const onEnded = async (ids: readonly SessionId[]) => {
        for (const id of ids) seen.add(id)
        order.push(`${ids.length} written down`)
      }

      const ended = await endSessions(context, { userId: null }, 'REVOKED', { onEnded })

      expect(ended).toEqual({ count: planted, isComplete: true })
      expect(seen.size).toBe(planted)
      const batches = Array.from({ length: 50 }, () => ['told', '100 written down']).flat()
      expect(order).toEqual([...batches, 'told']) // the last one finds that no session is left
      expect(updates()).toHaveLength(51)
      expect(await living()).toBe(0)
    },
  )

  test('a session that moves to a place that the batches have passed ends too', async () => {
    await plant(250)
    let moves = 2
    const onEnded = async () => {
      if (moves-- <= 0) return
      const at = new Date(Date.now() + moves)
      const times = { createdAt: at, lastSeenAt: at, expiresAt: new Date(at.getTime() + 900_000) }
      await server.app.db.session.create({ data: { id: `moved${moves}`, ...times } })
    }
    const context = { ...endingOf(server), rowsAtOnce: 100 }
    const ended = await endSessions(context, { userId: null }, 'REVOKED', { onEnded })
    expect(ended).toEqual({ count: 252, isComplete: true })
    expect(await living()).toBe(0)
  })

  test('the many sessions of one user end in batches too, and a change of password keeps the one that asked for it', async () => {
    const visitor = await server.signedIn('grace')
    const { me } = await visitor.data('{ me { id } }')
    await plant(planted, me.id)
    const { changePassword } = await visitor.data(
      `mutation { changePassword(input: { currentPassword: "${password}", newPassword: "${password} 2" }) {
        ... on ChangePasswordSuccess { revokedCount } } }`,
    )
    expect(changePassword).toEqual({ revokedCount: planted })
    expect((await visitor.data('{ me { id } }')).me).toEqual(me)
    await expect.poll(living, { timeout: 60_000 }).toBe(1)
    expect(updates().length).toBeGreaterThan(1)
  })

  test(
    'an end of sessions that runs out of time says what it ended, and the next one goes on',
    { tags: ['G12'] },
    async () => {
      await plant(planted)
      const filter = { authenticated: false }
      const by = { actorId: null, sessionId: null, client: null }
      const events: AuthEvent[] = []
      const { app } = server
      const notify = async (event: AuthEvent) => void events.push(event)
      const parts = { ending: endingOf(server), users: app.users, notify }
      const hurried = createRevocation({ ...parts, patienceFor: () => 0 })
      const patient = createRevocation({ ...parts, patienceFor: () => null })
      expect(await hurried.revokeAll(filter, by)).toEqual({
        matchedCount: planted,
        countedSince: null,
        revokedCount: 100,
        isComplete: false,
      })
      expect(await living()).toBe(planted - 100)
      expectTold(events, 100)
      const left = planted - 100
      expect(await patient.revokeAll(filter, by)).toEqual({
        matchedCount: left,
        countedSince: null,
        revokedCount: left,
        isComplete: true,
      })
      expectTold(events, planted)
    },
  )

  /** The audit is told of each session that ended, and of how many. */
  function expectTold(events: readonly AuthEvent[], count: number): void {
    const details = events.flatMap((event) =>
      event.type === 'SESSIONS_REVOKED' ? event.detail : [],
    )
    for (const { filter } of details) expect(filter).toEqual({ authenticated: false })
    expect(details.reduce((sum, detail) => sum + detail.count, 0)).toBe(count)
    expect(new Set(details.flatMap(({ sessions = [] }) => sessions)).size).toBe(count)
  }

  test('a user who is deactivated is signed out at once, and learns why, however many sessions they have', async () => {
    const visitor = await server.signedIn('ada')
    const { me } = await visitor.data('{ me { id } }')
    await plant(planted, me.id)
    const copy = server.visitor(visitor.cookie)
    expect(await setUserActive(endingOf(server), me.id, false, 0)).toMatchObject({
      endedCount: planted + 1,
    })
    expect(await living()).toBeGreaterThan(0)
    expect(await copy.data('{ me { id } session { endReason } }')).toEqual({
      me: null,
      session: { endReason: 'USER_DEACTIVATED' },
    })
    await expect.poll(living, { timeout: 60_000 }).toBe(0)
    expect(updates().length).toBeGreaterThan(1)
  })

  test('a session that an earlier change of its user has ended, and that was not marked then, gets no reason of a later change', async () => {
    const first = await server.signedIn('hopper')
    const { me } = await first.data('{ me { id } }')
    // A change of password whose process went before it marked any row.
    await server.app.db.user.update({ where: { id: me.id }, data: { epoch: { increment: 1 } } })
    const second = server.visitor()
    await second.data(loginDocument, { username: 'hopper', password })
    expect(await setUserActive(endingOf(server), me.id, false, null)).toMatchObject({
      endedCount: 2,
    })
    const reasons = [first, second].map(
      async (visitor) => (await visitor.data('{ session { endReason } }')).session.endReason,
    )
    expect(await Promise.all(reasons)).toEqual([null, 'USER_DEACTIVATED'])
    expect(await living()).toBe(0)
  })
})
