import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newest } from '../../src/auth/lists/keyset.ts'
import type { KeysetRange } from '../../src/auth/lists/keyset.ts'
import { fewSessions, rareBrowsers, someSessions } from '../../src/auth/sessions/few-sessions.ts'
import { createRevocation } from '../../src/auth/sessions/revocation.ts'
import type { SessionFilter } from '../../src/auth/sessions/session-filter.ts'
import { createSessionList } from '../../src/auth/sessions/session-list.ts'
import type { SessionList } from '../../src/auth/sessions/session-list.ts'
import { createSessionSearch } from '../../src/auth/sessions/session-search.ts'
import type { SessionSearch } from '../../src/auth/sessions/session-search.ts'
import { userColumns } from '../../src/auth/users/user.ts'
import type { Database } from '../../src/database/database.ts'
import { createStore } from '../session/memory-store.ts'
import { databases } from './databases.ts'

const now = Date.UTC(2026, 0, 15)

/** More than a search looks at first: what it finds of these, the index has found. */
const many = 2_500

/** As long as a row keeps one, of letters that take three bytes each and that PostgreSQL cannot make shorter. */
const longest = Array.from({ length: 512 }, (_, at) =>
  String.fromCodePoint(0x4e00 + ((at * 7919) % 20_000)),
).join('')

/** What few browsers send, and what may be taken for something else: wildcards, case, and letters beyond ASCII. */
const rare = [
  'Lynx/2.9.2',
  'lynx/2.9.1 100%',
  'LYNX_2',
  String.raw`back\slash Lynx`,
  'Lÿnx \u212Aelvin İx ſharp',
  'Kelvin',
  '',
  "o'Lynx",
  longest,
]

const parts = [
  'lynx',
  'LYNX/2',
  'ynx/2.9.2',
  '%',
  '_',
  '\\',
  "'",
  'x_2',
  'l_nx',
  'ÿ',
  'kelvin',
  'i',
  'sharp',
  longest.slice(0, 500),
  'zebra',
  'fire',
  '',
]

/** Before the activity of all but the last part of the sessions. */
const idleFor = (part: number) => new Date(now - many * part * 1000)

/** The same numbers in each run. */
function createDice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

const pick = <Of>(dice: (sides: number) => number, from: readonly Of[]): Of =>
  from[dice(from.length)]!

describe.each(databases)('on $name', ({ name, open }) => {
  let db: Database
  let stop: () => Promise<void>
  let list: SessionList
  let search: SessionSearch
  const statements: string[] = []

  beforeAll(async () => {
    ;({ db, stop } = await open((sql) => statements.push(sql)))
    const store = createStore()
    list = createSessionList({ db, store, now: () => now })
    const users = { find: async () => null }
    search = createSessionSearch({ db, sessions: list, users, now: () => now })
    await db.user.createMany({
      data: ['ada', 'bob'].map((name) => ({
        id: name,
        username: name,
        usernameKey: name,
        passwordHash: '!',
      })),
    })
    const dice = createDice(1)
    await db.session.createMany({
      data: Array.from({ length: many }, (_, at) => ({
        id: at.toString(16).padStart(64, '0'),
        userId: at % 3 === 0 ? 'ada' : null,
        createdAt: new Date(now - (at >> 2) * 1000),
        lastSeenAt: new Date(now - dice(many) * 1000),
        expiresAt: new Date(now + (dice(5) === 0 ? -1 : 1000)),
        endedAt: dice(5) === 0 ? new Date(now - 1) : null,
        ipAddress: dice(2) === 0 ? '192.0.2.7' : '192.0.2.1',
        userAgent:
          dice(10) === 0 ? null : dice(20) === 0 ? pick(dice, rare) : `Firefox/${dice(100)}.0`,
      })),
    })
  })
  afterAll(async () => {
    await stop?.()
  })

  const by = { actorId: null, sessionId: null, client: null }
  function revocationOf() {
    const records = { store: createStore(), recordsAreRows: true }
    return createRevocation({
      ending: { db, now: () => now, log: { warn: () => undefined }, ...records },
      users: {
        find: async (clue) =>
          db.user.findUnique({
            where:
              'id' in clue
                ? { id: clue.id }
                : { usernameKey: 'username' in clue ? clue.username : clue.email },
            select: userColumns,
          }),
      },
      patienceFor: () => null,
      notify: async () => {},
    })
  }

  /** A filter with a part of a browser's text, the last activity or both, and any other parts. */
  function filterBy(dice: (sides: number) => number): SessionFilter {
    const at = () => new Date(now - dice(many / 4) * 1000)
    const by = dice(3)
    return {
      ...(by > 0 && { userAgentContains: pick(dice, parts) }),
      ...(by < 2 && { lastSeenBefore: new Date(now - dice(many) * 1000) }),
      status: pick(dice, ['ACTIVE', 'ENDED', 'EXPIRED', 'ANY'] as const),
      ...(dice(3) === 0 && { authenticated: dice(2) === 0 }),
      ...(dice(4) === 0 && { createdBefore: at() }),
      ...(dice(4) === 0 && { createdAfter: at() }),
      ...(dice(8) === 0 && { ipAddress: '192.0.2.7' }),
      ...(dice(8) === 0 && { userId: 'ada' }),
    }
  }

  test('a search by any part of a browser’s text, by any last activity and by any other filter finds the rows of a walk along the whole list, in its order', async () => {
    const dice = createDice(2)
    const byIndex = { browser: 0, activity: 0 }
    for (let round = 0; round < 200; round++) {
      const filter = filterBy(dice)
      const end = () => ({
        at: new Date(now - dice(many / 4) * 1000),
        id: dice(many).toString(16).padStart(64, '0'),
      })
      const range: KeysetRange = {
        after: dice(3) === 0 ? end() : null,
        before: dice(3) === 0 ? end() : null,
        take: 1 + dice(60),
        direction: pick(dice, ['asc', 'desc'] as const),
      }
      const { rows, cutAt } = await search.look(filter, range)
      const walked = await list.list(filter, range)
      const few = await fewSessions(db, filter, 2_000)
      const isByIndex = few !== null
      if (isByIndex) byIndex['userAgent' in few ? 'browser' : 'activity'] += 1
      expect([filter, range, cutAt === null || !isByIndex]).toEqual([filter, range, true])
      expect([filter, range, rows]).toEqual([filter, range, walked.slice(0, rows.length)])
      if (cutAt === null) expect([filter, range, rows]).toEqual([filter, range, walked])
    }
    expect(Math.min(byIndex.browser, byIndex.activity)).toBeGreaterThan(30)
  })

  test.each([
    ['a rare browser', { userAgentContains: 'lynx', status: 'ANY' } as const],
    ['an old activity', { lastSeenBefore: idleFor(0.98), status: 'ANY' } as const],
  ])(
    'pages of a search by %s, each from the last row of the one before, have every session once',
    async (_, filter) => {
      const found: string[] = []
      let after = null
      do {
        const { rows, next, isCut } = await search.search(filter, after, 7)
        expect(isCut).toBe(false)
        found.push(...rows.map(({ id }) => id))
        after = next
      } while (after !== null)
      const all = await list.list(filter, newest(many))
      expect(found).toEqual(all.map(({ id }) => id))
      expect(found.length).toBeGreaterThan(30)
    },
  )

  test('a count and a dry run by any part of a browser’s text and any last activity count the rows of a walk along the whole list', async () => {
    const revocation = revocationOf()
    const dice = createDice(3)
    for (let round = 0; round < 60; round++) {
      const filter = filterBy(dice)
      const walked = (await list.list(filter, newest(many))).length
      expect([filter, await list.count(filter)]).toEqual([filter, walked])
      if (filter.userAgentContains === '') continue
      const dryRun = await revocation.revokeAll(filter, by, { isDryRun: true })
      expect([filter, dryRun]).toMatchObject([
        filter,
        { matchedCount: filter.status === 'ACTIVE' ? walked : dryRun.matchedCount },
      ])
    }
  })

  test('a browser’s text that more than so many sessions have is left to the walk along the list', async () => {
    const firefox = { userAgentContains: 'firefox' }
    const count = await db.session.count({ where: { userAgent: { startsWith: 'Firefox' } } })
    expect(await fewSessions(db, firefox, count - 1)).toBeNull()
    expect(await fewSessions(db, firefox, count)).not.toBeNull()
    const all = await rareBrowsers(db, firefox, count)
    expect([all?.areAll, all?.texts.length]).toEqual([true, 100])
    const lynx = await rareBrowsers(db, { userAgentContains: 'lynx' }, 1000)
    expect(lynx?.areAll).toBe(true)
    expect(lynx?.texts.toSorted()).toEqual(rare.filter((text) => /lynx/i.test(text)).toSorted())
  })

  test.each([
    ['a browser', { userAgentContains: 'firefox' }],
    ['a last activity', { lastSeenBefore: idleFor(0.1) }],
  ])(
    'of more sessions with %s than so many, an index finds so many at most, and nearly as many',
    async (_, filter) => {
      const some = await someSessions(db, filter, 1000)
      const found = await db.session.count({ where: some!.which })
      expect([some!.areAll, found <= 1000, found > 900]).toEqual([false, true, true])
      const meant = { ...filter, status: 'ANY' } as const
      const ids = new Set((await list.list(meant, newest(many))).map(({ id }) => id))
      const rows = await db.session.findMany({ where: some!.which, select: { id: true } })
      expect(rows.filter(({ id }) => !ids.has(id))).toEqual([])
    },
  )

  test('a last activity that more than so many sessions were without since is left to the walk along the list', async () => {
    const filter = { lastSeenBefore: idleFor(0.5) }
    const count = await db.session.count({ where: { lastSeenAt: { lt: filter.lastSeenBefore } } })
    expect(await fewSessions(db, filter, count - 1)).toBeNull()
    expect(await fewSessions(db, filter, count)).toMatchObject({
      lastSeenAt: { lt: filter.lastSeenBefore },
    })
  })

  if (name === 'SQLite')
    test('SQLite looks for those with an old activity along its index, whatever else is asked of them, and ends them so', async () => {
      const filter = {
        lastSeenBefore: idleFor(0.995),
        authenticated: false,
        createdAfter: idleFor(1),
        createdBefore: new Date(now),
      }
      statements.length = 0
      await search.search(filter, null, 10)
      await list.count(filter)
      await revocationOf().revokeAll(filter, by)
      const plans = new Set<string | undefined>()
      for (const sql of statements.filter(
        (each) => each.includes('"lastSeenAt" <') || each.includes('`lastSeenAt` >'),
      )) {
        const plan = await db.$queryRawUnsafe<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`)
        plans.add(
          plan.map(({ detail }) => detail).find((detail) => /SEARCH|SCAN \S*Session/.test(detail)),
        )
      }
      expect([...plans].toSorted()).toEqual([
        'SEARCH main.Session USING INDEX Session_lastSeenAt_idx (lastSeenAt>? AND lastSeenAt<?)',
        'SEARCH s USING COVERING INDEX Session_lastSeenAt_idx (lastSeenAt<?)',
      ])
    })

  if (name === 'SQLite')
    test('SQLite looks for guests with a rare browser by the browser, and not along all guests', async () => {
      statements.length = 0
      const filter = { userAgentContains: 'lynx', authenticated: false } as const
      await search.search(filter, null, 10)
      const pages = statements.filter((sql) => sql.includes('Lynx'))
      const plans = []
      for (const sql of pages) {
        const plan = await db.$queryRawUnsafe<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`)
        plans.push(plan[0]?.detail)
      }
      expect(plans).toEqual([
        expect.stringMatching(/^SEARCH \S+Session USING INDEX Session_userAgent_idx/),
      ])
    })

  test('an end of the sessions of a user who does not exist, or of two users, looks at no session', async () => {
    const filters = [
      { username: 'zoe' },
      { userId: 'zoe' },
      { userId: 'ada', username: 'zoe' },
      { userId: 'ada', username: 'bob' },
    ]
    statements.length = 0
    for (const filter of filters) {
      const dryRun = await revocationOf().revokeAll(filter, by, { isDryRun: true })
      expect(dryRun).toMatchObject({ matchedCount: 0, countedSince: null, isComplete: true })
      const ended = await revocationOf().revokeAll(filter, by)
      expect(ended).toMatchObject({ revokedCount: 0, countedSince: null, isComplete: true })
    }
    const looks = statements.filter((sql) => /FROM \S+Session|UPDATE \S+Session/.test(sql))
    expect(looks).not.toEqual([])
    expect(looks.filter((sql) => !sql.includes('1=0'))).toEqual([])
  })

  test.each([
    ['a part of a rare browser’s text', { userAgentContains: 'lynx' }],
    ['an old activity', { lastSeenBefore: idleFor(0.9) }],
  ])('an end by %s ends each living session that it means, and no other', async (_, filter) => {
    const living = () => list.list({}, newest(many))
    const [meant, before] = [await list.list(filter, newest(many)), await living()]
    expect(meant.length).toBeGreaterThan(10)
    const ended = await revocationOf().revokeAll(filter, by)
    expect(ended).toMatchObject({ revokedCount: meant.length, isComplete: true })
    const ids = new Set(meant.map(({ id }) => id))
    expect(await living()).toEqual(before.filter(({ id }) => !ids.has(id)))
  })

  test('where a bot sends another text each time, a search is the bounded walk along the list, and a page finds what is near', async () => {
    await db.session.createMany({
      data: Array.from({ length: 2_100 }, (_, at) => ({
        id: `b${at.toString(16).padStart(63, '0')}`,
        createdAt: new Date(now + at * 1000),
        lastSeenAt: new Date(now),
        expiresAt: new Date(now + 1000),
        userAgent: `bot/${at}`,
      })),
    })
    const filter = { userAgentContains: 'lynx', status: 'ANY' } as const
    expect(await fewSessions(db, filter, many)).toBeNull()
    const all = await list.list(filter, newest(many))
    const first = await search.search(filter, null, 50)
    expect([first.rows, first.isCut]).toEqual([[], true])
    const second = await search.search(filter, first.next, 50)
    expect(second.rows).toEqual(all.slice(0, 50))
    const { rows } = await search.look({ userAgentContains: 'bot/2099' }, newest(10))
    expect(rows.map(({ userAgent }) => userAgent)).toEqual(['bot/2099'])
  })
})
