import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newest } from '../../src/auth/lists/keyset.ts'
import { createPreviewing } from '../../src/auth/sessions/session-preview.ts'
import type { Previewing } from '../../src/auth/sessions/session-preview.ts'
import type { SessionFilter } from '../../src/auth/sessions/session-filter.ts'
import { createSessionList } from '../../src/auth/sessions/session-list.ts'
import type { SessionList } from '../../src/auth/sessions/session-list.ts'
import { userColumns } from '../../src/auth/users/user.ts'
import type { Database } from '../../src/database/database.ts'
import { createStore } from '../session/memory-store.ts'
import { databases } from './databases.ts'

const now = Date.UTC(2026, 0, 15)

/** More than are looked at at once. One step counts them all, so that the count never stops for its time. */
const many = 4_500

/** A tenth are over, and as many have ended. */
const living = many * 0.8

const idOf = (at: number) => at.toString(16).padStart(64, '0')

/** Before the sessions from here on began, and were last seen: each has the second of its number. */
const before = (at: number) => new Date(now - at * 1000 + 500)

describe.each(databases)('on $name', ({ open }) => {
  let db: Database
  let stop: () => Promise<void>
  let list: SessionList
  let preview: Previewing['preview']

  beforeAll(async () => {
    ;({ db, stop } = await open())
    list = createSessionList({ db, store: createStore(), now: () => now })
    ;({ preview } = createPreviewing({
      db,
      now: () => now,
      users: {
        find: async (clue) =>
          'username' in clue
            ? db.user.findUnique({ where: { usernameKey: clue.username }, select: userColumns })
            : null,
      },
    }))
    await db.user.createMany({
      data: Array.from({ length: 40 }, (_, at) => ({
        id: `u${at}`,
        username: `user${at}`,
        usernameKey: `user${at}`,
        passwordHash: '!',
      })),
    })
    await db.session.createMany({
      data: Array.from({ length: many }, (_, at) => ({
        id: idOf(at),
        userId: at % 2 === 0 ? null : at % 4 === 1 ? 'u0' : `u${at % 40}`,
        createdAt: new Date(now - at * 1000),
        lastSeenAt: new Date(now - at * 1000),
        expiresAt: new Date(now + (at % 10 === 9 ? -1 : 1000)),
        endedAt: at % 10 === 8 ? new Date(now - 1) : null,
        ipAddress: at < 20 ? '192.0.2.7' : '192.0.2.1',
        userAgent:
          at >= many - 10 ? 'Lynx/2' : at % 3 === 0 ? `Opera/${at % 300}` : 'Firefox/143.0',
      })),
    })
  })
  afterAll(async () => {
    await stop?.()
  })

  const counted = async (filter: SessionFilter, enough: number, own: string | null = null) => {
    const { count, isMore } = await preview(filter, { own, enough })
    return [count, isMore]
  }

  test.each<[string, SessionFilter]>([
    ['no filter', {}],
    ['guests', { authenticated: false }],
    ['a common browser', { userAgentContains: 'firefox' }],
    ['a browser with many texts', { userAgentContains: 'opera' }],
    ['a rare browser', { userAgentContains: 'lynx' }],
    ['a browser that no index finds', { userAgentContains: 'öpera' }],
    ['an activity that most were without since', { lastSeenBefore: before(500) }],
    ['an activity that few were without since', { lastSeenBefore: before(many - 300) }],
    ['an activity that none was without since', { lastSeenBefore: before(many + 5) }],
    ['an activity and a browser', { lastSeenBefore: before(500), userAgentContains: 'opera' }],
    ['an activity and a rare browser', { lastSeenBefore: before(500), userAgentContains: 'lynx' }],
    ['an activity and guests', { lastSeenBefore: before(2000), authenticated: false }],
    ['a user', { username: 'user0' }],
    ['a user and a browser', { username: 'user0', userAgentContains: 'opera' }],
    ['a user and an address', { username: 'user1', ipAddress: '192.0.2.7' }],
    ['a user who does not exist', { username: 'nora' }],
    ['an address', { ipAddress: '192.0.2.7' }],
    ['when they began', { createdBefore: before(1000), createdAfter: before(4200) }],
    ['what is over', { status: 'ENDED' }],
  ])('a preview by %s counts all, or says that there may be more', async (_, filter) => {
    const { username, ...rest } = filter
    const user = username && (await db.user.findUnique({ where: { usernameKey: username } }))
    const ids = username === undefined ? {} : { userId: user ? user.id : 'nobody' }
    const all = await list.list({ ...rest, ...ids }, newest(many))
    for (const enough of [1, 100, all.length, all.length + 1, 10_000]) {
      const { count, isMore, owners } = await preview(filter, { own: null, enough })
      const isTold = isMore ? count >= enough && count <= all.length : count === all.length
      expect([filter, enough, count, isTold]).toEqual([filter, enough, count, true])
      const { named, others } = owners
      const sum = named.reduce((sum, { count }) => sum + count, others.sessions)
      expect([sum, owners.count <= count]).toEqual([owners.count, true])
      for (const { user, count } of named) {
        const theirs = all.filter((row) => row.user?.id === user?.id).length
        expect([user, count <= theirs, owners.count < all.length || count === theirs]).toEqual([
          user,
          true,
          true,
        ])
      }
      expect(all.length === 0 || named.length > 0).toBe(true)
    }
    expect(await counted(filter, 10_000)).toEqual([all.length, false])
  })

  test('a preview is exact where no more sessions may match than are looked at at once, and stops where one more may', async () => {
    const idle = (count: number) =>
      ({ status: 'ANY', lastSeenBefore: before(many - count) }) as const
    expect(await counted(idle(2_000), 1_000)).toEqual([2_000, false])
    expect(await counted(idle(2_001), 1_000)).toEqual([2_000, true])
    const began = (count: number) => ({ status: 'ANY', createdAfter: before(count) }) as const
    expect(await counted(began(2_000), 1_000)).toEqual([2_000, false])
    expect(await counted(began(2_001), 1_000)).toEqual([2_000, true])
  })

  test('a preview leaves out the session that asks', async () => {
    expect(await counted({}, 10_000)).toEqual([living, false])
    expect(await counted({}, 10_000, idOf(0))).toEqual([living - 1, false])
    const own = { ipAddress: '192.0.2.7', userAgentContains: 'Opera/0' }
    expect(await counted(own, 1_000)).toEqual([1, false])
    expect(await counted(own, 1_000, idOf(0))).toEqual([0, false])
  })

  test('a preview names the users with the most sessions, guests as one of them, and counts the other users', async () => {
    const { owners } = await preview({ createdAfter: before(2_000) }, { own: null, enough: 1_000 })
    const names = owners.named.map(({ user }) => user?.username ?? null)
    expect(names.slice(0, 2)).toEqual([null, 'user0'])
    const users = new Set(
      (await list.list({ createdAfter: before(2_000) }, newest(many))).map(({ user }) => user?.id),
    )
    expect([names.length, owners.named.length + owners.others.users]).toEqual([
      Math.min(12, users.size),
      users.size,
    ])
    expect(owners.named.map(({ count }) => count)).toEqual(
      owners.named.map(({ count }) => count).toSorted((a, b) => b - a),
    )
  })
})
