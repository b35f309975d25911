import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createSealer } from '../../src/session/cookie/sealing.ts'

const [secret, older, other] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [
  string,
  string,
  string,
]
const sealer = (secretKey: string, fallbacks: string[] = [], purpose = 'test') =>
  createSealer({ secretKey, fallbacks, purpose })

describe('a seal', () => {
  test('a seal opens to the text that went in, whatever the text is', () => {
    for (const text of ['', 'plain', 'ü 漢字 \u0000', 'x'.repeat(5000)]) {
      expect(sealer(secret).open(sealer(secret).seal(text))).toBe(text)
    }
  })

  test('a seal shows nothing of its text, and is never the same twice', { tags: ['I7'] }, () => {
    const [one, two] = [sealer(secret).seal('the cart'), sealer(secret).seal('the cart')]
    expect(one).not.toBe(two)
    expect(Buffer.from(one, 'base64url').includes('cart')).toBe(false)
  })

  test('a seal opens for its own purpose only', { tags: ['I2'] }, () => {
    const sealed = sealer(secret, [], 'one').seal('text')
    expect(sealer(secret, [], 'other').open(sealed)).toBeNull()
    expect(sealer(secret, [], 'one').open(sealed)).toBe('text')
  })

  test(
    'a seal opens with a fallback secret, and not with a secret that the operator gave up',
    { tags: ['I6'] },
    () => {
      const sealed = sealer(older).seal('text')
      expect(sealer(secret, [other, older]).open(sealed)).toBe('text')
      expect(sealer(secret, [other]).open(sealed)).toBeNull()
    },
  )

  test('a fallback secret seals nothing', () => {
    const sealed = sealer(secret, [older]).seal('text')
    expect(sealer(older).open(sealed)).toBeNull()
  })

  test('a seal with any bit changed does not open', { tags: ['I1'] }, () => {
    const bytes = Buffer.from(sealer(secret).seal('some text'), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(sealer(secret).open(changed.toString('base64url'))).toBeNull()
    }
  })

  test(
    'a seal with any character changed, added or taken away does not open',
    { tags: ['I1'] },
    () => {
      const sealed = sealer(secret).seal('some text')
      for (let at = 0; at < sealed.length; at++) {
        expect(sealer(secret).open(sealed.slice(0, at))).toBeNull()
        expect(sealer(secret).open(sealed.slice(at + 1))).toBeNull()
        const letter = sealed[at] === 'A' ? 'B' : 'A'
        expect(sealer(secret).open(sealed.slice(0, at) + letter + sealed.slice(at + 1))).toBeNull()
      }
      for (const more of ['A', '=', ' ', '\n', sealed]) {
        expect(sealer(secret).open(sealed + more)).toBeNull()
      }
    },
  )

  test('a seal is as long as its size was computed beforehand', () => {
    for (const text of ['', 'a', 'ab', 'abc', 'ü 漢字', 'x'.repeat(5000)])
      expect(sealer(secret).sizeOf(text)).toBe(sealer(secret).seal(text).length)
  })

  test(
    'a seal of format 1 still opens, with its secret and for its purpose',
    { tags: ['I6'] },
    () => {
      const [made, text] = [
        'AdZgZj9VfYYCPXpPgQ-rfd_tW0g-I_0GeJvlMkBVDJ23kfTFabwuFZgX8bS3yKp6hr13lWfWjhCp6xuWRNzVSY3OpQ',
        'sealed by format 1',
      ]
      expect(sealer(secret).open(made)).toBe(text)
      expect(sealer(other, [older, secret]).open(made)).toBe(text)
      expect(sealer(other, [older]).open(made)).toBeNull()
      expect(sealer(secret, [], 'other').open(made)).toBeNull()
      const bytes = Buffer.from(made, 'base64url')
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes)
        changed[at]! ^= 1
        expect(sealer(secret).open(changed.toString('base64url'))).toBeNull()
      }
    },
  )

  test('text that was never sealed opens to null, without an error', () => {
    for (let length = 0; length < 200; length++) {
      expect(sealer(secret).open(randomBytes(length).toString('base64url'))).toBeNull()
    }
    expect(sealer(secret).open('ü;"')).toBeNull()
  })
})
