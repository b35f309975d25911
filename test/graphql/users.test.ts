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
  query ($search: String, $first: Int, $after: String, $last: Int, $before: String) {
    users(search: $search, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes {
        id
        username
        email
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
const setActive = /* GraphQL */ `
  mutation ($id: ID!, $active: Boolean!) {
    setUserActive(id: $id, active: $active) {
      ... on SetUserActiveSuccess {
        user {
          username
          isActive
        }
        revokedCount
      }
      ... on Error {
        code
      }
    }
  }
`
const look = '{ me { username } session { endReason } }'

/** Plants users who joined before all others, some of them at the same instant. */
async function plant(count: number): Promise<void> {
  await server.app.db.user.createMany({
    data: Array.from({ length: count }, (_, at) => ({
      username: `User${at}`,
      usernameKey: `user${at}`,
      email: at % 2 ? `mail${at}@example.org` : null,
      passwordHash: 'none',
      dateJoined: new Date(Date.UTC(2020, 0, 1) + Math.floor(at / 3) * 1000),
    })),
  })
}

const names = (users: { nodes: { username: string }[] }) =>
  users.nodes.map(({ username }) => username)

const idOf = async (visitor: Visitor): Promise<string> =>
  (await visitor.data('{ me { id } }')).me.id

const change = async (id: string, active: boolean) =>
  (await staff.data(setActive, { id, active })).setUserActive

test.each([
  '{ users { totalCount } }',
  '{ user(id: "x") { id } }',
  'mutation { setUserActive(id: "x", active: false) { __typename } }',
])('only staff may send %s', { tags: ['G1'] }, async (document) => {
  const anonymous = await server.visitor().send(document)
  expect(anonymous.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  const user = await (await server.signedIn('ada')).send(document)
  expect(user.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})

test('the users list of the API finds users by a part of their username, however it is written, or of their e-mail address', async () => {
  await plant(12)
  const find = async (search: string | null) => (await staff.data(list, { search })).users
  expect((await find(null)).totalCount).toBe(13)
  expect((await find('')).totalCount).toBe(13)
  expect(names(await find('ＵSER1')).sort()).toEqual(['User1', 'User10', 'User11'])
  expect(names(await find('mail7@'))).toEqual(['User7'])
  expect(names(await find('MAIL7@EXAMPLE'))).toEqual(['User7'])
  expect((await find('nobody')).nodes).toEqual([])
  expect((await find('\0')).totalCount).toBe(0)
})

test('pages of users go through every user once, newest first, forwards and backwards', async () => {
  await plant(30)
  const all = names((await staff.data(list, { first: 100 })).users)
  expect(all).toHaveLength(31)
  expect(all[0]).toBe('chief')
  for (const [count, cursor, next, end] of [
    ['first', 'after', 'hasNextPage', 'endCursor'],
    ['last', 'before', 'hasPreviousPage', 'startCursor'],
  ] as const) {
    const seen: string[] = []
    let at: string | null = null
    for (;;) {
      const { users } = await staff.data(list, { [count]: 7, [cursor]: at })
      if (count === 'first') seen.push(...names(users))
      else seen.unshift(...names(users))
      at = users.pageInfo[end]
      if (!users.pageInfo[next]) break
    }
    expect(seen).toEqual(all)
  }
})

test(
  'pages of users stay correct while users join and go between them',
  { tags: ['G5'] },
  async () => {
    await plant(10)
    const all = (await staff.data(list)).users.nodes as { id: string }[]
    const page = async (after: string | null) => (await staff.data(list, { first: 4, after })).users
    const first = await page(null)
    await server.signedIn('newer')
    await server.app.db.user.delete({ where: { id: all[3]!.id } }) // the row of the cursor itself
    await server.app.db.user.delete({ where: { id: all[4]!.id } })
    const second = await page(first.pageInfo.endCursor)
    const third = await page(second.pageInfo.endCursor)
    const seen = [...first.nodes, ...second.nodes, ...third.nodes]
    expect(seen).toEqual(all.filter((_, at) => at !== 4))
  },
)

test(
  'a page has a hundred users at most, and a forged cursor is a coded error',
  { tags: ['E11', 'E22'] },
  async () => {
    for (const variables of [{ first: 101 }, { last: -1 }, { first: 1, after: 'forged' }]) {
      const { errors } = await staff.send(list, variables)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
  },
)

test('the user field gives a user by id, and null where there is none', async () => {
  const id = await idOf(await server.signedIn('ada'))
  const one = 'query ($id: ID!) { user(id: $id) { username sessions { totalCount } } }'
  expect((await staff.data(one, { id })).user).toEqual({
    username: 'ada',
    sessions: { totalCount: 1 },
  })
  for (const unknown of ['', 'x', '\0']) {
    expect((await staff.data(one, { id: unknown })).user).toBeNull()
  }
})

test('deactivating ends every session of the user, no login opens another, and activating revives none', async () => {
  const laptop = await server.signedIn('ada')
  const phone = server.visitor()
  await phone.data(loginDocument, { username: 'ada', password })
  const grace = await server.signedIn('grace')
  const id = await idOf(laptop)
  const { epoch } = await server.app.db.user.findUniqueOrThrow({ where: { id } })

  expect(await change(id, false)).toEqual({
    user: { username: 'ada', isActive: false },
    revokedCount: 2,
  })
  const ended = { me: null, session: { endReason: 'USER_DEACTIVATED' } }
  for (const visitor of [laptop, phone]) expect(await visitor.data(look)).toEqual(ended)
  const refused = await server.visitor().data(loginDocument, { username: 'ada', password })
  expect(refused.login.code).toBe('INVALID_CREDENTIALS')
  expect((await server.app.db.user.findUniqueOrThrow({ where: { id } })).epoch).toBeGreaterThan(
    epoch,
  )
  expect(await change(id, false)).toMatchObject({ revokedCount: 0 })

  expect(await change(id, true)).toEqual({
    user: { username: 'ada', isActive: true },
    revokedCount: 0,
  })
  for (const visitor of [laptop, phone]) expect(await visitor.data(look)).toEqual(ended)
  const again = await server.visitor().data(loginDocument, { username: 'ada', password })
  expect(again.login.__typename).toBe('LoginSuccess')
  expect((await grace.data(look)).me).toEqual({ username: 'grace' })
})

test('activating a user who is active already ends nothing', async () => {
  const ada = await server.signedIn('ada')
  expect(await change(await idOf(ada), true)).toMatchObject({ revokedCount: 0 })
  expect((await ada.data(look)).me).toEqual({ username: 'ada' })
})

test('activating revives no session of a user who was deactivated in the database, past the API', async () => {
  const ada = await server.signedIn('ada')
  const id = await idOf(ada)
  await server.app.db.user.update({ where: { id }, data: { isActive: false } })
  expect(await change(id, true)).toMatchObject({ revokedCount: 1 })
  expect(await ada.data(look)).toEqual({ me: null, session: { endReason: 'USER_DEACTIVATED' } })
})

test('a staff member cannot deactivate themselves, and an unknown user is NOT_FOUND', async () => {
  const id = await idOf(staff)
  expect(await change(id, false)).toEqual({ code: 'INVALID_INPUT' })
  for (const unknown of ['', 'x', '\0']) {
    expect(await change(unknown, false)).toEqual({ code: 'NOT_FOUND' })
  }
  expect((await staff.data(look)).me).toEqual({ username: 'chief' })
})

test('logins and deactivations at once leave no session of the user, whichever comes last', async () => {
  const id = await idOf(await server.signedIn('ada'))
  const visitors = Array.from({ length: 10 }, () => server.visitor())
  await Promise.all([
    ...visitors.map((visitor) => visitor.send(loginDocument, { username: 'ada', password })),
    change(id, false),
  ])
  for (const visitor of visitors) expect((await visitor.data(look)).me).toBeNull()
})
