import { expect, test } from 'vitest'
import { loginDocument, password } from './harness.ts'
import type { Stage } from './promises.ts'

const expire = 'mutation ($seconds: Int!) { setSessionExpiry(seconds: $seconds) { __typename } }'
const look = '{ me { username } session { id } }'
const clocks =
  'createdAt lastSeenAt expiresAt absoluteExpiresAt secondsLeft serverTime device ipAddress'
const day = 24 * 60 * 60 * 1000

/** What is promised of the clocks, on every engine. */
export function describeTime({ server, clock, name }: Stage): void {
  test(
    'activity postpones the idle end and never the absolute one, and a login starts both again',
    {
      tags: ['B10', 'B12'],
    },
    async () => {
      const username = name()
      const visitor = await server().signedIn(username)
      const isAlive = async () => (await visitor.data(look)).me !== null
      // As idle as it may be, so that the absolute clock is reached in a few steps.
      await visitor.data(expire, { seconds: 30 * 24 * 60 * 60 })
      for (let at = 0; at < 2; at++) {
        clock.advance(10 * day)
        expect(await isAlive()).toBe(true)
      }
      await visitor.data(loginDocument, { username, password })
      await visitor.data(expire, { seconds: 30 * 24 * 60 * 60 })
      for (let at = 0; at < 2; at++) {
        clock.advance(14 * day)
        expect(await isAlive()).toBe(true)
      }
      clock.advance(2 * day - 1)
      expect(await isAlive()).toBe(true)
      clock.advance(1)
      expect(await isAlive()).toBe(false)
    },
  )

  test(
    'an answer gives the clocks that are stored, what is left of them, and the device and address of the session',
    { tags: ['B21'] },
    async () => {
      const visitor = await server().signedIn(name())
      const ask = async (document: string, pick: (data: never) => unknown) => {
        const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0'
        const answer = await visitor.send(document, {}, { 'user-agent': userAgent })
        return pick(answer.data as never)
      }
      const signedInAt = clock.now()
      const story = (lastSeenAt: number, renewedAt = lastSeenAt) => ({
        createdAt: iso(signedInAt),
        lastSeenAt: iso(lastSeenAt),
        expiresAt: iso(renewedAt + 300_000),
        absoluteExpiresAt: iso(signedInAt + 30 * day),
        secondsLeft: Math.floor((renewedAt + 300_000 - clock.now()) / 1000),
        serverTime: iso(clock.now()),
        device: 'Firefox on Linux',
        ipAddress: '127.0.0.1',
      })
      clock.advance(10_500) // not yet a tenth of the idle age
      const query = `{ session { ${clocks} } }`
      const own = ({ session }: { session: unknown }) => session
      expect(await ask(query, own)).toEqual(story(signedInAt))
      clock.advance(30_000) // a touch is due, and the answer that tells of it is of the same request
      const seenAt = clock.now()
      expect(await ask(query, own)).toEqual(story(seenAt))
      clock.advance(5000)
      expect(await ask(query, own)).toEqual(story(seenAt))
      const write = `mutation { clearSession { ... on SessionSuccess { session { ${clocks} } } } }`
      const written = ({ clearSession }: { clearSession: { session: unknown } }) =>
        clearSession.session
      expect(await ask(write, written)).toEqual(story(seenAt, clock.now()))
    },
  )

  test('`session` has the server’s time, and null for all else, where the visitor has no session', async () => {
    const { session } = await server().visitor().data(`{ session { ${clocks} } }`)
    const nothing = Object.fromEntries(clocks.split(' ').map((field) => [field, null]))
    expect(session).toEqual({ ...nothing, serverTime: iso(clock.now()) })
  })
}

const iso = (at: number) => new Date(at).toISOString()
