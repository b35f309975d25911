import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createKey, parseKey } from '../../src/session/key.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

describe('ten thousand keys', { tags: ['A1'] }, () => {
  const keys = Array.from({ length: 10_000 }, createKey)

  test('ten thousand keys are all different, and no two begin or end alike', () => {
    expect(new Set(keys).size).toBe(keys.length)
    const reversed = keys.map((key) => [...key].reverse().join(''))
    // Among fifty million pairs, ten equal characters happen once in ten thousand million runs.
    expect(longestSharedStart(keys)).toBeLessThan(10)
    expect(longestSharedStart(reversed)).toBeLessThan(10)
  })

  // The bounds are those that chance passes about once in 10^12 runs: of χ² with 63 degrees of freedom, and with 15.
  test('ten thousand keys have every character in every place, as often as chance would have it', () => {
    for (let place = 0; place < 43; place++) {
      const letters = place < 42 ? alphabet : 'AEIMQUYcgkosw048'
      const counts = new Map([...letters].map((letter) => [letter, 0]))
      for (const key of keys) counts.set(key[place]!, counts.get(key[place]!)! + 1)
      expect([place, counts.size]).toEqual([place, letters.length])
      const expected = keys.length / letters.length
      const squares = [...counts.values()].map((count) => (count - expected) ** 2 / expected)
      const sum = squares.reduce((total, square) => total + square, 0)
      expect(sum).toBeLessThan(place < 42 ? 180 : 100)
    }
  })

  test('session keys say nothing of when they were made', () => {
    const order = keys.map((key, made) => ({ key, made })).sort((a, b) => (a.key < b.key ? -1 : 1))
    const distance = order.reduce((sum, { made }, rank) => sum + (made - rank) ** 2, 0)
    const n = keys.length
    const spearman = 1 - (6 * distance) / (n * (n * n - 1))
    expect(Math.abs(spearman)).toBeLessThan(0.07)
  })
})

describe('over HTTP', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test(
    'over HTTP every visitor gets a key of their own, made like those',
    { tags: ['A1'] },
    async () => {
      const visitors = Array.from({ length: 300 }, () => server.visitor())
      for (const visitor of visitors)
        await visitor.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
      const cookies = visitors.map(({ cookie }) => cookie!)
      expect(new Set(cookies).size).toBe(300)
      expect(cookies.map((cookie) => parseKey(cookie))).toEqual(cookies)
    },
  )
})

function longestSharedStart(texts: readonly string[]): number {
  const sorted = [...texts].sort()
  const shared = sorted.slice(1).map((text, at) => {
    let length = 0
    while (text[length] === sorted[at]![length]) length++
    return length
  })
  return Math.max(...shared)
}
