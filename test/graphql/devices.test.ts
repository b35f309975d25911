import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { addAnyUser } from './any-user.ts'

const clock = createClock()
let server: TestServer
let laptop: Visitor
beforeAll(async () => {
  server = await startServer(
    {},
    { now: clock.now, types: addAnyUser((username) => server.app.users.find({ username })) },
  )
})
beforeEach(async () => {
  await server.app.db.session.deleteMany()
  await server.app.db.user.deleteMany()
  laptop = await server.signedIn('ada')
})
afterAll(() => server.stop())

const devices = /* GraphQL */ `
  query ($first: Int, $after: String) {
    me {
      sessions(first: $first, after: $after) {
        totalCount
        nodes {
          id
          isCurrent
          isActive
          device
          user {
            username
          }
        }
        edges {
          cursor
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`
const revoke =
  'mutation ($id: ID!) { revokeSession(id: $id) { ... on RevokeSessionSuccess { id } ... on NotFoundError { code } } }'
const revokeOthers = 'mutation { revokeOtherSessions { matchedCount revokedCount } }'
const look = '{ me { username } session { id endReason } }'

/** Another device of the user. */
async function signIn(username = 'ada', userAgent = 'node'): Promise<Visitor> {
  const visitor = server.visitor()
  clock.advance(1)
  await visitor.send(loginDocument, { username, password }, { 'user-agent': userAgent })
  return visitor
}

const idOf = async (visitor: Visitor): Promise<string> =>
  (await visitor.data('{ session { id } }')).session.id

test(
  'the device list shows where a user is signed in, newest first, and which device asks',
  { tags: ['B15'] },
  async () => {
    const phone = await signIn('ada', 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Firefox/140.0')
    await server.signedIn('grace')
    const gone = await signIn()
    await gone.data('mutation { logout { session { id } } }')

    const { me } = await laptop.data(devices)

    expect(me.sessions.totalCount).toBe(2)
    expect(me.sessions.nodes).toEqual([
      {
        id: await idOf(phone),
        isCurrent: false,
        isActive: true,
        device: 'Firefox on Android',
        user: { username: 'ada' },
      },
      expect.objectContaining({ id: await idOf(laptop), isCurrent: true }),
    ])
  },
)

test('only staff see on a device list what a session holds', { tags: ['G1'] }, async () => {
  const { data, errors } = await laptop.send('{ me { sessions { nodes { id data } } } }')
  expect(data.me.sessions.nodes[0].data).toBeNull()
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})

test(
  'another user’s device list is for staff only, and an anonymous visitor gets UNAUTHENTICATED',
  { tags: ['E21', 'G1'] },
  async () => {
    const chief = await server.signedIn('chief', { isStaff: true })
    const { me } = await laptop.data('{ me { id } }')
    const seen = await chief.data(
      'query ($id: ID!) { user(id: $id) { sessions { nodes { id } } } }',
      me,
    )
    expect(seen.user.sessions.nodes).toEqual([{ id: await idOf(laptop) }])
    const look = '{ anyUser(username: "ada") { username sessions { totalCount } } }'
    const codeFor = async (visitor: Visitor) => (await visitor.send(look)).errors?.[0].extensions
    expect(await codeFor(await server.signedIn('grace'))).toEqual({ code: 'FORBIDDEN' })
    expect(await codeFor(server.visitor())).toEqual({ code: 'UNAUTHENTICATED' })
    expect(await codeFor(laptop)).toBeUndefined()
  },
)

test(
  'pages of devices stay correct while sessions begin and end between them',
  { tags: ['G5'] },
  async () => {
    const ids = [await idOf(laptop)]
    for (let at = 0; at < 6; at++) ids.unshift(await idOf(await signIn()))
    const page = async (after: string | null) =>
      (await laptop.data(devices, { first: 2, after })).me.sessions

    const first = await page(null)
    const newer = await signIn() // before the cursor: belongs to a page that was read already
    await laptop.data(revoke, { id: ids[1] }) // the row of the cursor itself
    await laptop.data(revoke, { id: ids[2] }) // the first of the next page
    const second = await page(first.pageInfo.endCursor)
    await newer.data('mutation { logout { session { id } } }')
    const third = await page(second.pageInfo.endCursor)

    const seen = [first, second, third].flatMap(({ nodes }) =>
      nodes.map(({ id }: { id: string }) => id),
    )
    expect(seen).toEqual([ids[0], ids[1], ids[3], ids[4], ids[5], ids[6]])
    expect(third.pageInfo.hasNextPage).toBe(false)
  },
)

test.each(['forged', Buffer.from('99999999999999.x').toString('base64url'), ''])(
  'the cursor %j of a device list is a coded error',
  { tags: ['E22'] },
  async (after) => {
    const { errors } = await laptop.send(devices, { first: 1, after })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  },
)

test(
  'revokeSession ends one of the caller’s own sessions once, and the caller goes on',
  { tags: ['B15'] },
  async () => {
    const phone = await signIn()
    const id = await idOf(phone)
    expect((await laptop.data(revoke, { id })).revokeSession).toEqual({ id })
    expect((await laptop.data(revoke, { id })).revokeSession).toEqual({ code: 'NOT_FOUND' })
    expect(await phone.data(look)).toEqual({
      me: null,
      session: { id: null, endReason: 'REVOKED' },
    })
    expect((await laptop.data(look)).me).toEqual({ username: 'ada' })
  },
)

test(
  'revokeSession answers for another user’s session as for one that never was, even to staff',
  { tags: ['E21'] },
  async () => {
    const grace = await server.signedIn('grace')
    const chief = await server.signedIn('chief', { isStaff: true })
    const guest = server.visitor()
    await guest.data('mutation { addCartItem(input: { sku: "a" }) { __typename } }')
    const others = [await idOf(grace), await idOf(guest), 'f'.repeat(64), 'x', '', '\0']
    for (const id of others) {
      for (const visitor of [laptop, chief])
        expect((await visitor.data(revoke, { id })).revokeSession).toEqual({ code: 'NOT_FOUND' })
    }
    expect((await grace.data(look)).me).toEqual({ username: 'grace' })
  },
)

test('revokeSession of the session that asks signs it out, for the rest of the document too', async () => {
  const id = await idOf(laptop)
  const copy = server.visitor(laptop.cookie)
  const document = `mutation { revokeSession(id: "${id}") { __typename } revokeOtherSessions { matchedCount } }`
  const { errors } = await laptop.send(document)
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  expect(laptop.cookie).toBeNull()
  expect((await copy.data(look)).session).toEqual({ id: null, endReason: 'REVOKED' })
})

test(
  'revokeOtherSessions ends the user’s others, says how many, and spares those of other users',
  { tags: ['B15'] },
  async () => {
    const others = [await signIn(), await signIn(), await signIn()]
    const grace = await server.signedIn('grace')
    expect((await laptop.data(revokeOthers)).revokeOtherSessions).toEqual({
      matchedCount: 3,
      revokedCount: 3,
    })
    expect((await laptop.data(revokeOthers)).revokeOtherSessions).toEqual({
      matchedCount: 0,
      revokedCount: 0,
    })
    for (const other of others) expect((await other.data(look)).session.endReason).toBe('REVOKED')
    expect((await laptop.data(look)).me).toEqual({ username: 'ada' })
    expect((await grace.data(look)).me).toEqual({ username: 'grace' })
  },
)

test('of a hundred requests at once to end one session, one ends it', async () => {
  const id = await idOf(await signIn())
  const answers = await Promise.all(Array.from({ length: 100 }, () => laptop.data(revoke, { id })))
  expect(answers.filter(({ revokeSession }) => revokeSession.id === id)).toHaveLength(1)
})

test.each([revokeOthers, 'mutation { revokeSession(id: "x") { __typename } }'])(
  'an anonymous caller of %s is UNAUTHENTICATED, and only the holder of an ended key learns why it ended',
  async (document) => {
    const holder = await signIn()
    const id = await idOf(holder)
    await laptop.data(revoke, { id })
    const reasonFor = async (visitor: Visitor) =>
      (await visitor.send(document)).errors?.[0].extensions
    expect(await reasonFor(holder)).toEqual({ code: 'UNAUTHENTICATED', reason: 'REVOKED' })
    expect(await reasonFor(server.visitor())).toEqual({ code: 'UNAUTHENTICATED' })
    // The public id is no key: knowing it gives a caller nothing.
    expect(await reasonFor(server.visitor(id))).toEqual({ code: 'UNAUTHENTICATED' })
    expect(await reasonFor(server.visitor('A'.repeat(43)))).toEqual({ code: 'UNAUTHENTICATED' })
    const guest = server.visitor()
    await guest.data('mutation { addCartItem(input: { sku: "a" }) { __typename } }')
    expect(await reasonFor(guest)).toEqual({ code: 'UNAUTHENTICATED' })
  },
)
