import { describe, expect, test } from 'vitest'
import { createXaes } from '../../src/session/cookie/xaes.ts'

// The two vectors of the specification, c2sp.org/XAES-256-GCM. One of their keys is doubled without a carry, the other with
// one. The second vector has additional data, which changes the tag and nothing before it.
const nonce = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX')
const text = 'XAES-256-GCM'

describe('XAES-256-GCM', () => {
  test('XAES-256-GCM seals and opens as its specification shows', () => {
    const { seal, open } = createXaes(Buffer.alloc(32, 1))
    const published = 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'
    expect(seal(nonce, text).toString('hex')).toBe(published)
    expect(open(nonce, Buffer.from(published, 'hex'))).toBe(text)
  })

  test('XAES-256-GCM seals as its specification shows under a key whose doubling carries a bit', () => {
    const sealed = createXaes(Buffer.alloc(32, 3)).seal(nonce, text)
    expect(sealed.subarray(0, text.length).toString('hex')).toBe('986ec1832593df5443a17943')
  })

  test('XAES-256-GCM opens under no other nonce, whichever of its bytes differs', () => {
    const { seal, open } = createXaes(Buffer.alloc(32, 7))
    const sealed = seal(nonce, text)
    for (let at = 0; at < nonce.length; at++) {
      const other = Buffer.from(nonce)
      other.writeUInt8(other.readUInt8(at) ^ 1, at)
      expect([at, open(other, sealed)]).toEqual([at, null])
    }
    expect(open(nonce, sealed)).toBe(text)
  })

  test('XAES-256-GCM opens under no other key', () => {
    const sealed = createXaes(Buffer.alloc(32, 7)).seal(nonce, text)
    expect(createXaes(Buffer.alloc(32, 8)).open(nonce, sealed)).toBeNull()
  })
})
