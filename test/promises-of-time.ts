import { expect, test } from 'vitest'
import { loginDocument, password } from './harness.ts'
import type { Stage } from './promises.ts'

const expire = 'mutation ($seconds: Int!) { setSessionExpiry(seconds: $seconds) { __typename } }'
const look = '{ me { username } session { id } }'
const day = 24 * 60 * 60 * 1000

/** What is promised of the clocks, on every engine. */
export function describeTime({ server, clock, name }: Stage): void {
  test(
    'activity postpones the idle end and never the absolute one; a login starts both again',
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
}
