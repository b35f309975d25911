import { describe, expect, test } from 'vitest'
import { createDoor } from './graphql/slow-fields.ts'
import { loginDocument, password } from './harness.ts'
import type { TestServer, Visitor } from './harness.ts'
import type { Stage } from './promises.ts'

const add = 'mutation { addCartItem(input: { sku: "hat" }) { ... on Error { code } } }'
const write =
  'mutation ($door: String!) { writeSlowly(door: $door) { __typename ... on Error { code } } }'
const read = 'query ($door: String!) { readSlowly(door: $door) }'
const logout = 'mutation { logout { session { id } } }'
const change =
  'mutation ($old: String!) { changePassword(input: { currentPassword: $old, newPassword: "another horse, another staple" }) { ... on ChangePasswordSuccess { revokedCount } } }'
const deleteSession =
  'mutation ($id: ID!) { deleteSession(id: $id) { ... on RevokeSessionSuccess { id } } }'
const look = '{ me { username } session { id keys } cart { totalQuantity } }'
const over = { me: null, session: { id: null, keys: [] }, cart: { totalQuantity: 0 } }

/** Whose session ends while two requests of it are under way. */
interface Scene {
  readonly visitor: Visitor
  readonly username: string
  readonly id: string
}

/** What is promised of a session that ends, on every engine. */
export function describeEndsInFlight({ server, clock, name, exceptions }: Stage): void {
  const ends: [string, string[], (scene: Scene, at: TestServer) => Promise<unknown>][] = [
    ['a logout', ['C1', 'C2'], ({ visitor }) => visitor.data(logout)],
    [
      'a revocation by staff',
      ['C4'],
      async ({ id }, at) => {
        const staff = await at.signedIn(name(), { isStaff: true })
        expect((await staff.data(deleteSession, { id })).deleteSession).toEqual({ id })
      },
    ],
    [
      'a change of password elsewhere',
      ['C4'],
      async ({ username }, at) => {
        const laptop = at.visitor()
        await laptop.data(loginDocument, { username, password })
        const { changePassword } = await laptop.data(change, { old: password })
        expect(changePassword).toEqual({ revokedCount: 1 })
      },
    ],
    ['its own clock', ['B17'], async () => clock.advance(300_000)],
    [
      'its own clock, and the purge',
      ['C4'],
      async (_scene, at) => {
        clock.advance(300_000)
        await at.app.sessions.clearExpired({ client: null })
      },
    ],
  ]

  describe('a request under way when its session is ended does not bring it back', () => {
    for (const [what, tags, end] of ends) {
      test(
        `a request under way does not bring back a session that ended by ${what}`,
        { tags },
        async () => {
          const username = name()
          const visitor = await server().signedIn(username)
          await visitor.data(add)
          const { session } = await visitor.data(look)
          clock.advance(30_000) // a read has the visit to write down
          const [door, copy] = [createDoor(), visitor.cookie]
          const tabs = Array.from({ length: 4 }, () => server().visitor(copy))
          const writing = tabs.slice(0, 2).map((tab) => tab.send(write, { door: door.name }))
          const reading = tabs.slice(2).map((tab) => tab.send(read, { door: door.name }))
          await door.arrived(4)

          await end({ visitor, username, id: session.id }, server())
          door.open()

          for (const { data, setCookie } of await Promise.all(writing)) {
            if (exceptions.lostUpdates) continue
            expect(data.writeSlowly.code).toBe('SESSION_INTERRUPTED')
            expect(setCookie).toEqual([])
          }
          for (const { status, setCookie } of await Promise.all(reading)) {
            expect(status).toBe(200)
            if (!exceptions.lostUpdates) expect(setCookie).toEqual([])
          }
          for (const cookie of [copy, ...tabs.map((tab) => tab.cookie)]) {
            expect(await server().visitor(cookie).data(look)).toEqual(over)
          }
        },
      )
    }

    test(
      'a request under way does not bring back a session that ended by the logout of a guest',
      { tags: ['C1'] },
      async ({ skip }) => {
        skip(!!exceptions.replay, exceptions.replay)
        const guest = server().visitor()
        await guest.data(add)
        const door = createDoor()
        const tab = server().visitor(guest.cookie)
        const writing = tab.send(write, { door: door.name })
        await door.arrived(1)

        await guest.data(logout)
        door.open()

        const { data, setCookie } = await writing
        expect(data.writeSlowly.code).toBe('SESSION_INTERRUPTED')
        expect(setCookie).toEqual([])
        expect(await tab.data(look)).toEqual(over)
      },
    )
  })

  test(
    'a user who is deactivated or removed in the database is signed out at the next request',
    {
      tags: ['B8'],
    },
    async () => {
      const { user } = server().app.db
      const ways = [
        (usernameKey: string) => user.update({ where: { usernameKey }, data: { isActive: false } }),
        (usernameKey: string) => user.delete({ where: { usernameKey } }),
      ]
      for (const way of ways) {
        const username = name()
        const visitor = await server().signedIn(username)
        await visitor.data(add)
        expect((await visitor.data(look)).me).toEqual({ username })
        await way(username)
        expect(await visitor.data(look)).toEqual(over)
      }
    },
  )
}
