import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginDocument, password, startServer } from './harness.ts'
import type { TestServer, Visitor } from './harness.ts'

/** Everyone who is there when a session ends. All but staff are the same user. */
interface Cast {
  readonly laptop: Visitor
  readonly phone: Visitor
  readonly staff: Visitor
  readonly userId: string
  readonly phoneId: string
}

/** A way for the session of the phone to end. */
interface Ending {
  readonly by: 'laptop' | 'phone' | 'staff'
  readonly document: string
  readonly reason: string
  /** The promises of docs/security.md that it shows. */
  readonly tags: string[]
  /** Does every session of the user end? */
  readonly everywhere?: boolean
  readonly variables?: (cast: Cast) => object
}

const endings: Record<string, Ending> = {
  logout: {
    by: 'phone',
    document: 'mutation { logout { session { id } } }',
    reason: 'LOGOUT',
    tags: ['B4'],
  },
  revokeSession: {
    by: 'laptop',
    document: 'mutation ($id: ID!) { revokeSession(id: $id) { ... on Error { code } } }',
    reason: 'REVOKED',
    tags: ['B15', 'G3'],
    variables: ({ phoneId }) => ({ id: phoneId }),
  },
  revokeOtherSessions: {
    by: 'laptop',
    document: 'mutation { revokeOtherSessions { revokedCount } }',
    reason: 'REVOKED',
    tags: ['B15'],
  },
  deleteSession: {
    by: 'staff',
    document: 'mutation ($id: ID!) { deleteSession(id: $id) { ... on Error { code } } }',
    reason: 'REVOKED',
    tags: ['G3'],
    variables: ({ phoneId }) => ({ id: phoneId }),
  },
  deleteSessions: {
    by: 'staff',
    document:
      'mutation ($userId: ID) { deleteSessions(filter: { userId: $userId }) { ... on Error { code } } }',
    reason: 'REVOKED',
    tags: ['G4'],
    everywhere: true,
    variables: ({ userId }) => ({ userId }),
  },
  setUserActive: {
    by: 'staff',
    document:
      'mutation ($id: ID!) { setUserActive(id: $id, active: false) { ... on Error { code } } }',
    reason: 'USER_DEACTIVATED',
    tags: ['B8'],
    everywhere: true,
    variables: ({ userId }) => ({ id: userId }),
  },
  changePassword: {
    by: 'laptop',
    document:
      'mutation ($old: String!, $new: String!) { changePassword(input: { currentPassword: $old, newPassword: $new }) { ... on Error { code message } } }',
    reason: 'PASSWORD_CHANGED',
    tags: ['B7'],
    variables: () => ({ old: password, new: 'another horse, another staple' }),
  },
}

const look = '{ me { id } cart { totalQuantity } session { id endReason } }'
const addItem =
  'mutation { addCartItem(input: { sku: "hat" }) { ... on CartSuccess { cart { totalQuantity } } ... on Error { code } } }'

/** Every way for a session to end, on the engine that `settings` choose: whose it was is told, and the caller goes on. */
export function describeEndings(engine: string, settings: () => Record<string, string>): void {
  describe(`the ends of a session on ${engine}`, { meta: { engine } }, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await startServer(settings())
    })
    afterAll(() => server?.stop())

    for (const name of Object.keys(endings))
      test(name, { tags: endings[name]!.tags }, () => endsBy(name))

    async function endsBy(name: string): Promise<void> {
      const ending = endings[name]!
      const cast = await gather(server)
      const copy = server.visitor(cast.phone.cookie) // another tab, or a thief
      const caller = cast[ending.by]
      const before = await caller.data(look)

      const answer = await caller.data(ending.document, ending.variables?.(cast))

      expect(answer[name].code).toBeUndefined()
      const over = { me: null, cart: { totalQuantity: 0 } }
      const told = { ...over, session: { id: null, endReason: ending.reason } }
      expect(await copy.data(look)).toEqual(told)
      // It can ask as often as it likes, and reads the same where it is refused.
      const { errors } = await copy.send('mutation { revokeOtherSessions { revokedCount } }')
      expect(errors?.[0].extensions).toEqual({ code: 'UNAUTHENTICATED', reason: ending.reason })
      expect(await copy.data(look)).toEqual(told)
      // What it stores from now on is no part of the old session.
      const { addCartItem } = await copy.data(addItem)
      expect(addCartItem.cart?.totalQuantity ?? 1).toBe(1)

      const laptop = await cast.laptop.data(look)
      if (ending.everywhere) {
        expect(laptop).toMatchObject({ ...over, session: { endReason: ending.reason } })
      } else {
        expect(laptop).toMatchObject({ me: { id: cast.userId }, cart: { totalQuantity: 1 } })
      }
      if (ending.by !== 'phone') {
        const { session, ...rest } = await caller.data(look)
        expect({ ...rest, reason: session.endReason }).toEqual({
          me: before.me,
          cart: before.cart,
          reason: null,
        })
      }
    }

    test('the record of an ended session does not stay in the store', async () => {
      const { store } = server.app.settings
      for (const [name, ending] of Object.entries(endings)) {
        const cast = await gather(server)
        await cast[ending.by].data(ending.document, ending.variables?.(cast))
        const held = await store.load(cast.phoneId as never)
        // A copy in the cache of the cached database is closed by the roster, and gone within a minute.
        const isCopy = held !== null && settings()['SESSION_ENGINE'] === 'cached-database'
        expect([name, isCopy ? null : held]).toEqual([name, null])
      }
    })
  })
}

/** A user of their own for each test, signed in twice with something in either cart, and staff. */
async function gather(server: TestServer): Promise<Cast> {
  const username = `user${Math.random().toString(36).slice(2)}`
  const laptop = await server.signedIn(username)
  const phone = server.visitor()
  await phone.data(loginDocument, { username, password })
  await laptop.data(addItem)
  await phone.data(addItem)
  const staff = await server.signedIn(`staff-${username}`, { isStaff: true })
  const { me } = await laptop.data('{ me { id } }')
  const { session } = await phone.data('{ session { id } }')
  return { laptop, phone, staff, userId: me.id, phoneId: session.id }
}
