import { createCipheriv, createDecipheriv } from 'node:crypto'

/** XAES-256-GCM under one key (C2SP, https://c2sp.org/XAES-256-GCM): each nonce of 24 bytes has an AES-256-GCM key of its own. */
export interface Xaes {
  /** Enciphers `text` under `nonce`, and adds the tag. Never use a nonce twice: one of random bytes is new. */
  seal(nonce: Buffer, text: string): Buffer
  /** The text that `seal` was given; null where the tag says that it was not sealed under this key and nonce. */
  open(nonce: Buffer, sealed: Buffer): string | null
}

/** How many bytes a nonce has. */
export const nonceBytes = 24

/** How many bytes the tag adds to a text. */
export const tagBytes = 16

const algorithm = 'aes-256-gcm'
const blockBytes = 16
/** How many bytes of the nonce go into the key; the rest is the nonce of AES-GCM. */
const keyedBytes = 12

/** `key` has 32 bytes. This works out once what depends on the key alone. */
export function createXaes(key: Buffer): Xaes {
  // ECB enciphers each block by itself, so one cipher serves for ever.
  const blocks = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  const mask = doubled(blocks.update(Buffer.alloc(blockBytes)))
  // A nonce's key is two blocks enciphered: [0, counter, "X", 0, nonce], under the mask.
  const halves = Buffer.concat([1, 2].map((counter) => mixed(Buffer.of(0, counter, 0x58, 0), mask)))

  return {
    seal(nonce, text) {
      const cipher = createCipheriv(algorithm, keyFor(nonce), nonce.subarray(keyedBytes))
      return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },

    open(nonce, sealed) {
      const options = { authTagLength: tagBytes }
      const rest = nonce.subarray(keyedBytes)
      const decipher = createDecipheriv(algorithm, keyFor(nonce), rest, options)
      decipher.setAuthTag(sealed.subarray(-tagBytes))
      const content = decipher.update(sealed.subarray(0, -tagBytes))
      try {
        decipher.final()
      } catch {
        return null
      }
      return content.toString('utf8')
    },
  }

  function keyFor(nonce: Buffer): Buffer {
    const input = Buffer.from(halves)
    for (let at = 0; at < keyedBytes; at += 4) {
      const part = nonce.readInt32LE(at)
      for (const place of [4 + at, blockBytes + 4 + at])
        input.writeInt32LE(halves.readInt32LE(place) ^ part, place)
    }
    return blocks.update(input)
  }
}

/** One bit to the left; what falls out at the end comes back as this polynomial (NIST SP 800-38B). */
function doubled(block: Buffer): Buffer {
  const bits = BigInt(`0x${block.toString('hex')}`) << 1n
  const kept = BigInt.asUintN(8 * blockBytes, bits) ^ (bits >> BigInt(8 * blockBytes) ? 0x87n : 0n)
  return Buffer.from(kept.toString(16).padStart(2 * blockBytes, '0'), 'hex')
}

/** The exclusive or of two blocks. The first may be shorter. */
function mixed(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(other.map((byte, at) => byte ^ (one[at] ?? 0)))
}
