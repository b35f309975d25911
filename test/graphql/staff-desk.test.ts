import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

const clock = createClock()
const statements: string[] = []
let server: TestServer
let staff: Visitor
beforeAll(async () => {
  server = await startServer({}, { now: clock.now, onStatement: (sql) => statements.push(sql) })
})
beforeEach(async () => {
  await server.app.db.session.deleteMany()
  await server.app.db.user.deleteMany()
  staff = await server.signedIn('chief', { isStaff: true })
})
afterAll(() => server.stop())

const remove = /* GraphQL */ `
  mutation ($filter: SessionFilter!, $dryRun: Boolean! = false) {
    revokeSessions(filter: $filter, dryRun: $dryRun) {
      ... on RevokeSessionsSuccess {
        matchedCount
        revokedCount
      }
      ... on InvalidInputError {
        code
        fields {
          path
        }
      }
    }
  }
`
const look = '{ me { username } session { endReason } }'
const addItem = 'mutation { addCartItem(input: { sku: "a" }) { __typename } }'

const revokeSessions = async (filter: object, dryRun = false, by = staff) =>
  (await by.data(remove, { filter, dryRun })).revokeSessions

async function signIn(username: string): Promise<Visitor> {
  const visitor = server.visitor()
  await visitor.data(loginDocument, { username, password })
  return visitor
}

test(
  'revokeSessions ends what its filter matches and nothing else, and a dry run only counts',
  { tags: ['G4'] },
  async () => {
    const ada = [await server.signedIn('ada'), await signIn('ada')]
    const grace = await server.signedIn('grace')
    const dry = await revokeSessions({ username: 'ADA' }, true)
    expect(dry).toEqual({ matchedCount: 2, revokedCount: 0 })
    expect((await ada[0]!.data(look)).me).toEqual({ username: 'ada' })

    expect(await revokeSessions({ username: 'ADA' })).toEqual({ matchedCount: 2, revokedCount: 2 })
    expect(await revokeSessions({ username: 'ADA' })).toEqual({ matchedCount: 0, revokedCount: 0 })

    for (const visitor of ada)
      expect(await visitor.data(look)).toEqual({ me: null, session: { endReason: 'REVOKED' } })
    expect((await grace.data(look)).me).toEqual({ username: 'grace' })
  },
)

test(
  'revokeSessions spares the caller’s session, and not their other ones',
  { tags: ['G4'] },
  async () => {
    const elsewhere = await signIn('chief')
    expect(await revokeSessions({ status: 'ANY' })).toEqual({ matchedCount: 1, revokedCount: 1 })
    expect((await elsewhere.data(look)).session.endReason).toBe('REVOKED')
    expect((await staff.data(look)).me).toEqual({ username: 'chief' })
  },
)

test('revokeSessions ends guests’ sessions, with what they hold', { tags: ['G11'] }, async () => {
  const guest = server.visitor()
  await guest.data(addItem)
  const answer = await revokeSessions({ authenticated: false })
  expect(answer).toEqual({ matchedCount: 1, revokedCount: 1 })
  expect(await guest.data('{ cart { totalQuantity } session { endReason } }')).toEqual({
    cart: { totalQuantity: 0 },
    session: { endReason: 'REVOKED' },
  })
  expect(await server.app.db.session.count({ where: { userId: null, data: { not: null } } })).toBe(
    0,
  )
})

test('revokeSessions counts ended sessions where the filter asks for them, and does not end them again', async () => {
  const ada = await server.signedIn('ada')
  await ada.data('mutation { logout { session { id } } }')
  await server.signedIn('grace')
  clock.advance(300_000)
  await staff.data(loginDocument, { username: 'chief', password })
  expect(await revokeSessions({ status: 'ENDED' })).toEqual({ matchedCount: 1, revokedCount: 0 })
  expect(await revokeSessions({ username: 'grace' })).toMatchObject({ matchedCount: 0 })
  expect(await revokeSessions({ username: 'grace', status: 'EXPIRED' })).toEqual({
    matchedCount: 1,
    revokedCount: 0,
  })
})

test.each([
  [{}, 'filter'],
  [{ username: null }, 'filter,username'],
  [{ username: 'ada', status: null }, 'filter,status'],
  [{ userId: null, authenticated: true }, 'filter,userId'],
  [{ createdBefore: null, username: 'ada' }, 'filter,createdBefore'],
  [{ userAgentContains: '' }, 'filter,userAgentContains'],
])(
  'revokeSessions refuses the filter %j as INVALID_INPUT, on a dry run too, and ends nothing',
  async (filter, path) => {
    const ada = await server.signedIn('ada')
    for (const dryRun of [true, false]) {
      const answer = await revokeSessions(filter, dryRun)
      expect(answer.code).toBe('INVALID_INPUT')
      expect(answer.fields.map((field: { path: string[] }) => field.path.join())).toEqual([path])
    }
    expect((await ada.data(look)).me).toEqual({ username: 'ada' })
  },
)

test('a filter with text that no row can hold matches nothing', async () => {
  for (const filter of [{ username: '\0' }, { userId: '\0' }, { username: 'nobody' }])
    expect(await revokeSessions(filter)).toEqual({ matchedCount: 0, revokedCount: 0 })
})

test('revokeSessions spares what stops matching before its statement runs', async () => {
  await server.signedIn('ada')
  statements.length = 0
  await revokeSessions({ username: 'ada', lastSeenBefore: new Date(clock.now() + 1).toISOString() })
  const updates = statements.filter((sql) => /^UPDATE .*Session/.test(sql))
  expect(updates).toHaveLength(1)
  expect(updates[0]).toMatch(/WHERE .*`lastSeenAt` <.*RETURNING/)
  expect(updates[0]).not.toMatch(/SELECT/)
})

test('two staff members who end each other at once are each ended once', async () => {
  const others = await Promise.all(['ada', 'grace', 'mary'].map((name) => server.signedIn(name)))
  const second = await signIn('chief')
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, at) =>
      revokeSessions(
        { username: ['ada', 'grace', 'mary'][at % 3]! },
        false,
        at % 2 ? staff : second,
      ),
    ),
  )
  expect(answers.reduce((sum, { revokedCount }) => sum + revokedCount, 0)).toBe(3)
  for (const other of others) expect((await other.data(look)).me).toBeNull()
})

test('a staff field after logout in one document is refused', { tags: ['G6'] }, async () => {
  const ada = await server.signedIn('ada')
  for (const field of [
    'revokeSessions(filter: { status: ANY }) { __typename }',
    'clearExpiredSessions { deletedCount }',
    'setUserActive(id: "x", active: true) { __typename }',
  ]) {
    const chief = await signIn('chief')
    const { data, errors } = await chief.send(`mutation { logout { session { id } } ${field} }`)
    expect(data).toBeNull()
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  }
  expect((await ada.data(look)).me).toEqual({ username: 'ada' })
})

test('a staff member who ends the session that asks is signed out for the rest of the document too', async () => {
  const { session } = await staff.data('{ session { id } }')
  const document = `mutation { deleteSession(id: "${session.id}") { __typename } deleteSessions(filter: { status: ANY }) { __typename } }`
  const { errors } = await staff.send(document)
  expect(errors).toMatchObject([
    { path: ['deleteSessions'], extensions: { code: 'UNAUTHENTICATED' } },
  ])
})

test('the audit has which staff member ended whose session', { tags: ['G7'] }, async () => {
  const { db } = server.app
  await db.auditEvent.deleteMany()
  const ada = await server.signedIn('ada')
  const { me, session } = await ada.data('{ me { id } session { id } }')
  const own = await staff.data('{ me { id } session { id } }')
  await ada.data('mutation { revokeOtherSessions { revokedCount } }')
  await staff.data(`mutation { deleteSession(id: "${session.id}") { __typename } }`)
  await revokeSessions({ username: 'ada' })
  for (const active of [false, true])
    await staff.data(`mutation { setUserActive(id: "${me.id}", active: ${active}) { __typename } }`)
  const [adaId, chiefId, desk] = [me.id, own.me.id, own.session.id]
  const rows = await db.auditEvent.findMany({
    where: { type: { in: ['SESSION_REVOKED', 'SESSIONS_REVOKED'] } },
    orderBy: { id: 'asc' },
  })
  const said = rows.map(({ type, actorId, subjectId, sessionId, detail }) => [
    [type, detail].join(' '),
    [actorId, subjectId, sessionId],
  ])
  expect(said).toEqual([
    ['SESSIONS_REVOKED {"count":0}', [adaId, adaId, session.id]],
    ['SESSION_REVOKED ', [chiefId, adaId, session.id]],
    ['SESSIONS_REVOKED {"filter":{"username":"ada"},"count":0}', [chiefId, adaId, desk]],
  ])
  const switched = await db.auditEvent.findMany({
    where: { type: { in: ['USER_DEACTIVATED', 'USER_ACTIVATED'] } },
    orderBy: { id: 'asc' },
  })
  expect(switched.map(({ type, subjectId }) => [type, subjectId])).toEqual([
    ['USER_DEACTIVATED', adaId],
    ['USER_ACTIVATED', adaId],
  ])
})

test('revokeSessions is for staff', { tags: ['G1'] }, async () => {
  const filter = { status: 'ANY' }
  const anonymous = await server.visitor().send(remove, { filter })
  expect(anonymous.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  const user = await (await server.signedIn('ada')).send(remove, { filter })
  expect(user.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})

test('deleteSessions does what revokeSessions does, for callers who were written before it', async () => {
  const ada = await server.signedIn('ada')
  const old = remove.replace('revokeSessions', 'deleteSessions')
  expect(await staff.data(old, { filter: { username: 'ada' } })).toEqual({
    deleteSessions: { matchedCount: 1, revokedCount: 1 },
  })
  expect((await ada.data(look)).me).toBeNull()
})
