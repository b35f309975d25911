import { expect, test } from 'vitest'
import type { Stage } from './promises.ts'
import { createKey } from '../src/session/key.ts'
import { postWith } from './security/wire.ts'

const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const logout = 'mutation { logout { session { id } } }'
const look = '{ me { username } cart { totalQuantity } }'
/** Django's default name is ours too, and this is what its keys look like. */
const djangos = 'q3m1x8y0a7b6c5d4e3f2g1h0i9j8k7l6'

/** What is promised of several cookies of one name, on every engine. */
export function describeCookies({ server, name }: Stage): void {
  const send = (values: readonly (string | null)[], document: string) =>
    postWith(server().url, values.map((value) => `sessionid=${value}`).join('; '), document)
  const whoIs = async (...values: (string | null)[]) => {
    const { data } = await send(values, '{ me { username } }')
    return (data as { me: { username: string } | null }).me?.username ?? null
  }

  test(
    'the server finds a visitor among cookies of our name that open nothing, in any order',
    { tags: ['A10'] },
    async () => {
      const username = name()
      const { cookie } = await server().signedIn(username)
      const gone = await server().signedIn(name())
      const { cookie: dead } = gone
      await gone.data(logout)
      for (const other of ['', 'deleted', djangos, createKey(), dead]) {
        expect(await whoIs(other, cookie)).toBe(username)
        expect(await whoIs(cookie, other)).toBe(username)
      }
    },
  )

  test(
    'the server finds a guest among such cookies, who goes on in the same session',
    { tags: ['A10'] },
    async () => {
      const guest = server().visitor()
      await guest.data(add)
      const values = [djangos, guest.cookie, 'deleted']
      const { data, setCookie } = await send(values, add)
      expect(data).toMatchObject({ addCartItem: { __typename: 'CartSuccess' } })
      const cookie = setCookie.at(-1)?.slice('sessionid='.length).split(';')[0] ?? guest.cookie
      expect(await server().visitor(cookie).data(look)).toMatchObject({
        cart: { totalQuantity: 2 },
      })
    },
  )

  test(
    'the cookies of two live sessions in one request open no session',
    { tags: ['A10'] },
    async () => {
      const [alice, mallory] = [await server().signedIn(name()), await server().signedIn(name())]
      const guest = server().visitor()
      await guest.data(add)
      for (const other of [mallory, guest]) {
        for (const values of [
          [alice.cookie, other.cookie],
          [other.cookie, alice.cookie],
        ])
          expect(await whoIs(...values)).toBeNull()
      }
      const { data } = await send([alice.cookie, guest.cookie], look)
      expect(data).toEqual({ me: null, cart: { totalQuantity: 0 } })
      await alice.data('{ me { username } }') // and both sessions are as they were
      expect(await guest.data(look)).toMatchObject({ cart: { totalQuantity: 1 } })
    },
  )

  test('logout among several cookies ends the session that was found, and no cookie opens it', async () => {
    const visitor = await server().signedIn(name())
    const { cookie } = visitor
    const { setCookie } = await send([createKey(), cookie], logout)
    expect(setCookie.at(-1)).toMatch(/^sessionid=; Max-Age=0; Path=\//)
    expect(await whoIs(cookie)).toBeNull()
  })
}
