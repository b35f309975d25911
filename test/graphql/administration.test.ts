import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

const clock = createClock()
let server: TestServer
let staff: Visitor
beforeAll(async () => {
  server = await startServer({}, { now: clock.now })
})
beforeEach(async () => {
  await server.app.db.session.deleteMany()
  await server.app.db.user.deleteMany()
  staff = await server.signedIn('chief', { isStaff: true })
})
afterAll(() => server.stop())

const list = /* GraphQL */ `
  query ($filter: SessionFilter, $first: Int, $after: String, $last: Int, $before: String) {
    sessions(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes {
        id
        user {
          username
        }
        isCurrent
        isActive
        ipAddress
        userAgent
        device
        createdAt
        lastSeenAt
        expiresAt
        endedAt
        endReason
        data
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Plants rows that differ in their age, some of them of the same age. */
async function plant(count: number): Promise<void> {
  const start = clock.now()
  await server.app.db.session.createMany({
    data: Array.from({ length: count }, (_, at) => ({
      id: `planted${String(at).padStart(4, '0')}`,
      createdAt: new Date(start + Math.floor(at / 3) * 1000),
      lastSeenAt: new Date(start),
      expiresAt: new Date(start + 300_000),
      data: '{}',
    })),
  })
}

test.each([
  '{ sessions { totalCount } }',
  '{ sessionRecord(id: "x") { id } }',
  '{ sessionStats { active } }',
  'mutation { revokeAnySession(id: "x") { __typename } }',
  'mutation { deleteSession(id: "x") { __typename } }',
  'mutation { clearExpiredSessions { deletedCount } }',
])('only staff may send %s', { tags: ['G1'] }, async (document) => {
  const anonymous = await server.visitor().send(document)
  expect(anonymous.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  const user = await (await server.signedIn('ada')).send(document)
  expect(user.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
  await server.app.db.user.delete({ where: { usernameKey: 'ada' } })
})

test('sessionRecord shows staff a session with its values', async () => {
  await server.signedIn('ada')
  const visitor = server.visitor()
  await visitor.send(loginDocument, { username: 'ada', password }, { 'user-agent': firefox })
  await visitor.data(
    'mutation { setSessionValue(key: "note", value: { deep: [1] }) { __typename } }',
  )
  const { session } = await visitor.data('{ session { id } }')
  const { sessions } = await staff.data(list, { filter: { userAgentContains: 'Firefox' } })
  expect(sessions.nodes).toEqual([
    {
      id: session.id,
      user: { username: 'ada' },
      isCurrent: false,
      isActive: true,
      ipAddress: '127.0.0.1',
      userAgent: firefox,
      device: 'Firefox on Linux',
      createdAt: new Date(clock.now()).toISOString(),
      lastSeenAt: new Date(clock.now()).toISOString(),
      expiresAt: new Date(clock.now() + 300_000).toISOString(),
      endedAt: null,
      endReason: null,
      data: { values: { note: { deep: [1] } } },
    },
  ])
  const { sessionRecord } = await staff.data(
    'query ($id: ID!) { sessionRecord(id: $id) { data isCurrent } }',
    session,
  )
  expect(sessionRecord).toEqual({ data: { values: { note: { deep: [1] } } }, isCurrent: false })
  expect((await staff.data('{ sessionRecord(id: "none") { id } }')).sessionRecord).toBeNull()
})

test('every filter of the list of sessions selects what it says', async () => {
  const ada = await server.signedIn('ada')
  await server.visitor().data('mutation { addCartItem(input: { sku: "a" }) { __typename } }')
  const ended = await server.signedIn('grace')
  await ended.data('mutation { logout { session { id } } }')
  const long = await server.signedIn('mary')
  await long.data('mutation { setSessionExpiry(seconds: 100000) { __typename } }')
  const adaId = (await ada.data('{ me { id } }')).me.id
  const before = clock.now()
  clock.advance(300_000)
  await staff.data(loginDocument, { username: 'chief', password })
  const at = (offset: number) => new Date(before + offset).toISOString()
  const names = async (filter: object | null) => {
    const { sessions } = await staff.data(list, { filter })
    expect(sessions.totalCount).toBe(sessions.nodes.length)
    return sessions.nodes
      .map(({ user }: { user: { username: string } | null }) => user?.username ?? '-')
      .sort()
  }
  expect(await names(null)).toEqual(['chief', 'mary'])
  expect(await names({})).toEqual(['chief', 'mary'])
  expect(await names({ status: null })).toEqual(['chief', 'mary'])
  expect(await names({ status: 'ENDED' })).toEqual(['grace'])
  // The expired session that the chief came with is gone: the login has removed it.
  expect(await names({ status: 'EXPIRED' })).toEqual(['-', 'ada'])
  expect(await names({ status: 'ANY' })).toEqual(['-', 'ada', 'chief', 'grace', 'mary'])
  expect(await names({ status: 'ANY', userId: adaId })).toEqual(['ada'])
  expect(await names({ status: 'ANY', username: 'ADA' })).toEqual(['ada'])
  expect(await names({ status: 'ANY', username: 'nobody' })).toEqual([])
  expect(await names({ status: 'ANY', authenticated: false })).toEqual(['-'])
  expect(await names({ authenticated: true })).toEqual(['chief', 'mary'])
  expect(await names({ status: 'ANY', ipAddress: '127.0.0.1' })).toHaveLength(5)
  expect(await names({ ipAddress: '203.0.113.9' })).toEqual([])
  expect(await names({ status: 'ANY', userAgentContains: 'node' })).toHaveLength(5)
  expect(await names({ status: 'ANY', userAgentContains: 'Firefox' })).toEqual([])
  expect(await names({ createdAfter: at(0) })).toEqual(['chief'])
  expect(await names({ createdBefore: at(1) })).toEqual(['mary'])
  expect(await names({ lastSeenBefore: at(1) })).toEqual(['mary'])
})

test(
  'pages of sessions go through every row once, forwards and backwards, whatever their size',
  { tags: ['G5'] },
  async () => {
    await plant(50)
    const all = (await staff.data(list, { first: 100 })).sessions.nodes.map(
      ({ id }: { id: string }) => id,
    )
    expect(all).toHaveLength(51)
    for (const size of [1, 7, 20, 50]) {
      for (const [count, cursor, next, end] of [
        ['first', 'after', 'hasNextPage', 'endCursor'],
        ['last', 'before', 'hasPreviousPage', 'startCursor'],
      ] as const) {
        const seen: string[] = []
        let at: string | null = null
        for (;;) {
          const { sessions } = await staff.data(list, { [count]: size, [cursor]: at })
          const ids = sessions.nodes.map(({ id }: { id: string }) => id)
          if (count === 'first') seen.push(...ids)
          else seen.unshift(...ids)
          at = sessions.pageInfo[end]
          if (!sessions.pageInfo[next]) break
        }
        expect(seen).toEqual(all)
      }
    }
  },
)

test(
  'a page has twenty sessions by default and a hundred at most, and a forged cursor is a coded error',
  { tags: ['E11', 'E22'] },
  async () => {
    await plant(30)
    expect((await staff.data(list)).sessions.nodes).toHaveLength(20)
    for (const variables of [
      { first: 101 },
      { first: -1 },
      { last: 101 },
      { after: 'forged', first: 1 },
    ]) {
      const { errors } = await staff.send(list, variables)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
  },
)

test('totalCount of sessions is counted only where a query asks for it', async () => {
  const statements: string[] = []
  const counted = await startServer({}, { onStatement: (sql) => statements.push(sql) })
  const chief = await counted.signedIn('chief', { isStaff: true })
  statements.length = 0
  await chief.data('{ sessions(first: 1) { nodes { id } } }')
  expect(statements.filter((sql) => sql.includes('COUNT'))).toEqual([])
  await chief.data('{ sessions(first: 1) { totalCount } }')
  expect(statements.filter((sql) => sql.includes('COUNT'))).toHaveLength(1)
  await counted.stop()
})

test('the figures of sessionStats agree with the list of sessions', async () => {
  await plant(4)
  await server.signedIn('ada')
  const look = '{ sessionStats { active authenticated anonymous expired } }'
  expect((await staff.data(look)).sessionStats).toEqual({
    active: 6,
    authenticated: 2,
    anonymous: 4,
    expired: 0,
  })
  clock.advance(300_000)
  const fresh = server.visitor()
  await fresh.data(loginDocument, { username: 'chief', password })
  expect((await fresh.data(look)).sessionStats).toEqual({
    active: 1,
    authenticated: 1,
    anonymous: 0,
    expired: 6,
  })
  // An end of many marks those that have just expired. They stay what they were.
  await fresh.data('mutation { deleteSessions(filter: { authenticated: false }) { __typename } }')
  expect(await server.app.db.session.count({ where: { endReason: 'EXPIRED' } })).toBe(4)
  expect((await fresh.data(look)).sessionStats).toMatchObject({ active: 1, expired: 6 })
})

test.each(['revokeAnySession', 'deleteSession'])(
  '%s ends a session once, an anonymous one too, and answers NOT_FOUND for an ended or unknown one',
  { tags: ['G3'] },
  async (field) => {
    const remove = `mutation ($id: ID!) { ended: ${field}(id: $id) { ... on RevokeSessionSuccess { id } ... on Error { code } } }`
    const guest = server.visitor()
    await guest.data('mutation { addCartItem(input: { sku: "a" }) { __typename } }')
    for (const visitor of [await server.signedIn('ada'), guest]) {
      const { session } = await visitor.data('{ session { id } }')
      expect((await staff.data(remove, session)).ended).toEqual(session)
      expect((await staff.data(remove, session)).ended).toEqual({ code: 'NOT_FOUND' })
      expect(await visitor.data('{ session { id endReason } cart { totalQuantity } }')).toEqual({
        session: { id: null, endReason: 'REVOKED' },
        cart: { totalQuantity: 0 },
      })
      expect(
        (
          await staff.data(
            'query ($id: ID!) { sessionRecord(id: $id) { data endReason isActive } }',
            session,
          )
        ).sessionRecord,
      ).toEqual({ data: null, endReason: 'REVOKED', isActive: false })
    }
    for (const id of ['', 'x', 'f'.repeat(64), '../../etc/passwd']) {
      expect((await staff.data(remove, { id })).ended.code).toBe('NOT_FOUND')
    }
  },
)

test(
  'clearExpiredSessions removes what has expired, in batches, and nothing else',
  { tags: ['K6'] },
  async () => {
    await plant(1300)
    await server.signedIn('ada')
    clock.advance(299_999)
    expect((await staff.data('{ me { id } }')).me).not.toBeNull()
    clock.advance(1)
    const { clearExpiredSessions } = await staff.data(
      'mutation { clearExpiredSessions { deletedCount } }',
    )
    expect(clearExpiredSessions.deletedCount).toBe(1301)
    expect(await server.app.db.session.count()).toBe(1)
  },
)
