import { describe, expect, test } from 'vitest'
import { createClock } from '../harness.ts'
import {
  absoluteEnd,
  advance,
  expiresAtBrowserClose,
  idleAge,
  isExpired,
  isPastLimit,
  isTouchDue,
  limitPolicy,
  startClocks,
} from '../../src/session/record/expiry.ts'
import type { Expiry, ExpiryPolicy } from '../../src/session/record/expiry.ts'

const policy: ExpiryPolicy = { age: 300, absoluteAge: 0, expireAtBrowserClose: false }
const capped: ExpiryPolicy = { ...policy, absoluteAge: 1000 }
const { now } = createClock()
const began = now()
const instant = { at: began + 7_000 }

describe('the beginning', () => {
  test('startClocks writes down the instant, what was asked for and both ends', () => {
    expect(startClocks(60, capped, began)).toEqual({
      expiry: 60,
      createdAt: began,
      lastSeenAt: began,
      expiresAt: began + 60_000,
      absoluteExpiresAt: began + 1_000_000,
    })
  })

  test.each<[string, Expiry, number]>([
    ['the policy', null, 300_000],
    ['its own seconds', 60, 60_000],
    ['seconds past the policy', 3600, 3_600_000],
    ["the browser's closing, with the policy's clock on the server", 'browser', 300_000],
    ['a fixed instant', instant, 7_000],
  ])('startClocks ends a session of %s at its time', (_what, expiry, after) => {
    expect(startClocks(expiry, policy, began).expiresAt).toBe(began + after)
  })

  test('an absolute age of 0 sets no absolute end', () => {
    expect(absoluteEnd(policy, began)).toBeNull()
    expect(startClocks(null, policy, began).absoluteExpiresAt).toBeNull()
    expect(absoluteEnd({ ...policy, absoluteAge: 1 }, began)).toBe(began + 1000)
  })
})

test.each<[Expiry, number | null]>([
  [null, 300],
  [60, 60],
  ['browser', 300],
  [instant, null],
])('the idle age of %j is %j', (expiry, age) => {
  expect(idleAge(expiry, policy)).toBe(age)
})

describe('a limit', () => {
  const limited = limitPolicy(policy, 60)

  test.each<[Expiry, number]>([
    [null, 60],
    ['browser', 60],
    [3600, 60],
    [30, 30],
    [{ at: began + 3_600_000 }, 60],
    [{ at: began + 7_000 }, 7],
  ])('a limit of 60 seconds makes %j end after %j seconds', (expiry, seconds) => {
    const clocks = startClocks(expiry, limited, began)
    expect(clocks.expiry).toBe(expiry)
    expect(clocks.expiresAt).toBe(began + seconds * 1000)
    expect(advance(startClocks(expiry, policy, began), limited, began).expiresAt).toBe(
      clocks.expiresAt,
    )
  })

  test('a limit that came later than the clocks ends the session, and is due to be written down', () => {
    const clocks = startClocks(3600, policy, began)
    expect([isPastLimit(clocks, policy), isPastLimit(clocks, limited)]).toEqual([false, true])
    expect(isTouchDue(clocks, limited, began)).toBe(true)
    expect(isExpired(clocks, began + 65_999, limited)).toBe(false)
    expect(isExpired(clocks, began + 66_000, limited)).toBe(true)
    const touched = { ...clocks, ...advance(clocks, limited, began) }
    expect(isPastLimit(touched, limited)).toBe(false)
    expect(isTouchDue(touched, limited, began + 5_999)).toBe(false)
    expect(isTouchDue(touched, limited, began + 6_000)).toBe(true)
  })
})

describe('the end', () => {
  test.each<[string, Expiry, number]>([
    ['the policy', null, 300_000],
    ['its own seconds', 60, 60_000],
    ["the browser's closing", 'browser', 300_000],
    ['a fixed instant', instant, 7_000],
  ])('the end of %s comes at the instant, and not a millisecond before', (_what, expiry, after) => {
    const clocks = startClocks(expiry, policy, began)
    expect(isExpired(clocks, began + after - 1)).toBe(false)
    expect(isExpired(clocks, began + after)).toBe(true)
    expect(isExpired(clocks, began + after + 1)).toBe(true)
  })

  test('a session is over at its absolute end, and not a millisecond before', () => {
    const clocks = { ...startClocks(null, capped, began), expiresAt: Infinity }
    expect(isExpired(clocks, began + 999_999)).toBe(false)
    expect(isExpired(clocks, began + 1_000_000)).toBe(true)
  })
})

describe('activity', () => {
  test.each<[Expiry, number]>([
    [null, 300_000],
    [60, 60_000],
    ['browser', 300_000],
  ])('activity postpones the end of %j', (expiry, age) => {
    const at = began + 50_000
    expect(advance(startClocks(expiry, policy, began), policy, at)).toEqual({
      lastSeenAt: at,
      expiresAt: at + age,
      absoluteExpiresAt: null,
    })
  })

  test('activity does not move a fixed instant', () => {
    const { expiresAt } = advance(startClocks(instant, policy, began), policy, began + 5_000)
    expect(expiresAt).toBe(instant.at)
  })

  test('activity never moves the absolute end', () => {
    const clocks = startClocks(null, capped, began)
    expect(advance(clocks, capped, began + 200_000).absoluteExpiresAt).toBe(began + 1_000_000)
  })
})

describe('the absolute end comes first', () => {
  test.each<[string, Expiry]>([
    ['a long idle age', 5000],
    ['a fixed instant past it', { at: began + 5_000_000 }],
  ])('the absolute end comes first, from the beginning, before %s', (_what, expiry) => {
    expect(startClocks(expiry, capped, began).expiresAt).toBe(began + 1_000_000)
  })

  test('the absolute end comes first where activity would carry the idle end past it', () => {
    const clocks = startClocks(null, capped, began)
    const endAfter = (seconds: number) =>
      advance(clocks, capped, began + seconds * 1000).expiresAt - began
    expect(endAfter(699)).toBe(999_000)
    expect(endAfter(700)).toBe(1_000_000)
    expect(endAfter(701)).toBe(1_000_000)
    expect(endAfter(999)).toBe(1_000_000)
  })

  test('an end that comes before the absolute end stays where it is', () => {
    expect(startClocks(999, capped, began).expiresAt).toBe(began + 999_000)
    expect(startClocks(instant, capped, began).expiresAt).toBe(instant.at)
  })
})

describe('a touch is due', () => {
  test.each<[string, Expiry, number]>([
    ['of the policy', null, 30_000],
    ['of its own seconds', 60, 6_000],
    ['of a single second', 1, 100],
    ["of the policy, until the browser's closing", 'browser', 30_000],
  ])(
    'a touch is due a tenth of the idle age %s later, and not a millisecond before',
    (_what, expiry, tenth) => {
      const clocks = startClocks(expiry, policy, began)
      expect(isTouchDue(clocks, policy, began)).toBe(false)
      expect(isTouchDue(clocks, policy, began + tenth - 1)).toBe(false)
      expect(isTouchDue(clocks, policy, began + tenth)).toBe(true)
    },
  )

  test('a touch is due where the last activity lies a tenth in the future, by a clock that has been put right', () => {
    const clocks = startClocks(null, policy, began + 120_000)
    expect(isTouchDue(clocks, policy, began + 90_001)).toBe(false)
    expect(isTouchDue(clocks, policy, began + 90_000)).toBe(true)
    expect(isTouchDue(clocks, policy, began)).toBe(true)
    expect(advance(clocks, policy, began).expiresAt).toBe(began + 300_000)
  })

  test('a touch is due a tenth after the last touch, not after the beginning', () => {
    const clocks = startClocks(null, policy, began)
    const touched = { ...clocks, ...advance(clocks, policy, began + 40_000) }
    expect(isTouchDue(touched, policy, began + 69_999)).toBe(false)
    expect(isTouchDue(touched, policy, began + 70_000)).toBe(true)
  })

  test('a touch is never due where a fixed instant ends the session', () => {
    const clocks = startClocks(instant, policy, began)
    for (const later of [0, 6_999, 7_000, 1e9]) {
      expect(isTouchDue(clocks, policy, began + later)).toBe(false)
    }
  })
})

test.each<[Expiry, boolean, boolean]>([
  [null, false, false],
  [null, true, true],
  ['browser', false, true],
  ['browser', true, true],
  [60, false, false],
  [60, true, false],
  [instant, false, false],
  [instant, true, false],
])(
  'whether a cookie goes with the browser: expiry %j, policy %j, answer %j',
  (expiry, expireAtBrowserClose, goes) => {
    expect(expiresAtBrowserClose(expiry, { ...policy, expireAtBrowserClose })).toBe(goes)
  },
)
