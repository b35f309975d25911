import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuditList } from '../../src/auth/audit/audit-list.ts'
import { createAuditTally } from '../../src/auth/audit/audit-tally.ts'
import { newest, wholeList } from '../../src/auth/lists/keyset.ts'
import type { Position } from '../../src/auth/lists/keyset.ts'
import { countSelected, sessionPlaces } from '../../src/auth/sessions/selection.ts'
import { begunWithin } from '../../src/auth/sessions/session-filter.ts'
import { createSessionList } from '../../src/auth/sessions/session-list.ts'
import { createSessionSearch } from '../../src/auth/sessions/session-search.ts'
import type { SessionSearch } from '../../src/auth/sessions/session-search.ts'
import { createUserList } from '../../src/auth/users/user-list.ts'
import type { Database } from '../../src/database/database.ts'
import { createStore } from '../session/memory-store.ts'
import { databases } from './databases.ts'

const now = Date.UTC(2026, 0, 15)

test('a walk along the list has one bound on either side, the tighter of the filter and the ends', () => {
  const filter = { createdAfter: new Date(10), createdBefore: new Date(90) }
  const boundOf = (ends: { before?: Position; after?: Position }) =>
    begunWithin(filter, { ...wholeList, ...ends })[0]
  const [inside, outside] = [new Date(50), new Date(5)]
  expect(boundOf({})).toEqual({ createdAt: { gte: new Date(11), lte: new Date(89) } })
  expect(boundOf({ before: { at: inside, id: 'x' } })).toEqual({
    createdAt: { gte: inside, lte: new Date(89) },
  })
  expect(boundOf({ after: { at: inside, id: 'x' } })).toEqual({
    createdAt: { gte: new Date(11), lte: inside },
  })
  expect(boundOf({ before: { at: outside, id: 'x' } })).toEqual(boundOf({}))
})

/** More than one page of a search looks at. */
const many = 6000

describe.each(databases)('on $name', ({ open }) => {
  let db: Database
  let stop: () => Promise<void>
  let sessions: SessionSearch
  const users = { find: async () => null }

  beforeAll(async () => {
    ;({ db, stop } = await open())
    const list = createSessionList({ db, store: createStore(), now: () => now })
    sessions = createSessionSearch({ db, sessions: list, users, now: () => now })
    const ada = { id: 'ada', username: 'ada', usernameKey: 'ada', passwordHash: '!' }
    await db.user.create({ data: ada })
    await db.session.createMany({
      data: Array.from({ length: many }, (_, at) => ({
        id: at.toString(16).padStart(64, '0'),
        userId: at % 3 === 0 ? 'ada' : null,
        createdAt: new Date(now - (at >> 1) * 1000),
        lastSeenAt: new Date(now - at * 1000),
        expiresAt: new Date(now + (at % 10 === 9 ? -1 : 1000)),
        endedAt: at % 10 === 8 ? new Date(now - 1) : null,
        ipAddress: at === many - 2 ? '192.0.2.7' : '192.0.2.1',
        userAgent: at === many - 2 ? 'Möwe/2.9.2' : 'Firefox/143.0',
      })),
    })
  })
  afterAll(async () => {
    await stop?.()
  })

  /** No index finds it: a browser sends ASCII. */
  const filter = { userAgentContains: 'möwe', status: 'ANY' } as const

  test('a search looks at so many sessions a page, says how far it came, and finds the one behind them', async () => {
    const first = await sessions.search(filter, null, 10)
    expect([first.rows.length, first.isCut]).toEqual([0, true])
    const second = await sessions.search(filter, first.next, 10)
    expect(second.rows.map(({ ipAddress }) => ipAddress)).toEqual(['192.0.2.7'])
    expect([second.next, second.isCut]).toEqual([null, false])
  })

  test('a page of the API looks at so many sessions, from either end, and says where it stopped', async () => {
    const first = await sessions.look(filter, newest(10))
    expect(first.rows).toEqual([])
    const second = await sessions.look(filter, { ...newest(10), after: first.cutAt })
    expect([second.rows.map(({ ipAddress }) => ipAddress), second.cutAt]).toEqual([
      ['192.0.2.7'],
      null,
    ])
    const oldest = { ...newest(10), direction: 'asc' } as const
    const fromEnd = await sessions.look(filter, oldest)
    expect(fromEnd.rows.map(({ ipAddress }) => ipAddress)).toEqual(['192.0.2.7'])
    const rest = await sessions.look(filter, { ...oldest, before: fromEnd.cutAt })
    expect([rest.rows, rest.cutAt]).toEqual([[], null])
  })

  test('a count of sessions stops at its bound and says how far back it came', async () => {
    const counted = (most: number) =>
      countSelected(
        db,
        { where: { userAgent: { contains: 'Firefox' } }, places: sessionPlaces(db, {}) },
        most,
        () => true,
      )
    expect(await counted(many)).toEqual({ count: many - 1, since: null })
    const { count, since } = await counted(100)
    expect([count, since]).toEqual([100, new Date(now - 2499 * 1000)])
  })

  test('a search by address finds a session on its first page, however many are newer', async () => {
    const filter = { ipAddress: '192.0.2.7', status: 'ANY' } as const
    const { rows, next } = await sessions.search(filter, null, 10)
    expect([rows.map(({ ipAddress }) => ipAddress), next]).toEqual([['192.0.2.7'], null])
  })

  test('a search by user and address finds what both have, and nothing of what one has', async () => {
    const ofAda = { userId: 'ada', status: 'ANY' } as const
    const from = async (ipAddress: string) =>
      (await sessions.search({ ...ofAda, ipAddress }, null, many)).rows
    expect(await from('192.0.2.7')).toEqual([])
    expect(await from('192.0.2.1')).toHaveLength(many / 3)
  })

  test('the pages of a search have every session once, however it is cut', async () => {
    const seen = new Set<string>()
    let count = 0
    let after = null
    do {
      const { rows, next } = await sessions.search(
        { authenticated: true, status: 'ANY' },
        after,
        400,
      )
      for (const { id } of rows) seen.add(id)
      count += rows.length
      after = next
    } while (after !== null)
    expect([count, seen.size]).toEqual([many / 3, many / 3])
  })

  test('the tally counts what is alive, signed in and guests apart', async () => {
    const alive = { endedAt: null, expiresAt: { gt: new Date(now) } }
    const signedIn = await db.session.count({ where: { ...alive, userId: { not: null } } })
    const guests = await db.session.count({ where: { ...alive, userId: null } })
    expect(await sessions.tally()).toEqual({ signedIn, guests, isMore: false })
  })

  test('a search for a user looks at so many users a page', async () => {
    await db.user.createMany({
      data: Array.from({ length: many }, (_, at) => ({
        id: `u${at}`,
        username: `user${at}`,
        usernameKey: `user${at}`,
        passwordHash: '!',
        dateJoined: new Date(now + at * 1000),
      })),
    })
    const list = createUserList(db)
    const first = await list.search('user1', null, 2000)
    expect(first.isCut).toBe(true)
    const second = await list.search('user1', first.next, 2000)
    const found = [...first.rows, ...second.rows].map(({ username }) => username)
    const meant = Array.from({ length: many }, (_, at) => `user${at}`).filter((name) =>
      name.includes('user1'),
    )
    expect(new Set(found)).toEqual(new Set(meant))
    expect(found).toHaveLength(meant.length)
  })

  test('the names that begin so are found however many users are newer, by their index, and no other name is among them', async () => {
    const { namesBeginning } = createUserList(db)
    await db.user.createMany({
      data: ['Begin', 'beginner', 'beginning', 'BEGONE', 'beg-in'].map((username) => ({
        username,
        usernameKey: username.toLowerCase(),
        passwordHash: '!',
        dateJoined: new Date(0),
      })),
    })
    expect(await namesBeginning(' BEGIN', 8)).toEqual(['Begin', 'beginner', 'beginning'])
    expect(await namesBeginning('begin', 2)).toEqual(['Begin', 'beginner'])
    for (const none of ['', ' ', 'a\0', 'zzzz', 'x'.repeat(10_000), '%', '_'])
      expect([none.slice(0, 4), await namesBeginning(none, 8)]).toEqual([none.slice(0, 4), []])
    await db.user.deleteMany({ where: { usernameKey: { startsWith: 'be' } } })
  })

  test('a page of the events of a user and a rare type looks at so many of the user’s, and the next goes on', async () => {
    await db.auditEvent.createMany({
      data: Array.from({ length: many }, (_, at) => ({
        id: `e${at}`,
        at: new Date(now - at * 1000),
        type: at === many - 1 ? 'LOGOUT' : 'LOGIN',
        actorId: 'ada',
        subjectId: at < 10 ? 'ada' : null,
      })),
    })
    const audit = createAuditList(db)
    const filter = { userId: 'ada', type: 'LOGOUT' } as const
    const first = await audit.look(filter, newest(10))
    expect([first.rows, first.cutAt]).toEqual([
      [],
      { at: new Date(now - 4999 * 1000), id: 'e4999' },
    ])
    const second = await audit.look(filter, { ...newest(10), after: first.cutAt })
    expect([second.rows.map(({ id }) => id), second.cutAt]).toEqual([[`e${many - 1}`], null])
    expect(await audit.list(filter, newest(10))).toHaveLength(1)
    await db.auditEvent.deleteMany()
  })

  test('events are counted by type in each step of time', async () => {
    const hour = 3_600_000
    await db.auditEvent.createMany({
      data: Array.from({ length: 30 }, (_, at) => ({
        at: new Date(now - at * 600_000 - 1),
        type: at % 3 === 0 ? 'LOGIN_FAILED' : 'LOGIN',
      })),
    })
    const { tally } = createAuditTally({ db, now: () => now })
    const steps = [3, 2, 1].map((back) => ({
      from: now - back * hour,
      until: now - (back - 1) * hour,
    }))
    expect(await tally(['LOGIN_FAILED'], steps)).toEqual([2, 2, 2])
    expect(await tally(['LOGIN', 'LOGIN_FAILED'], steps)).toEqual([6, 6, 6])
    // The last step may still grow. The others are over, and are not counted again.
    await db.auditEvent.deleteMany()
    expect(await tally(['LOGIN_FAILED'], steps)).toEqual([2, 2, 0])
  })
})
