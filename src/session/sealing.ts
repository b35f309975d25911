import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Seals text so that whoever carries it can neither read nor change it. */
export interface Sealer {
  /** `text`, sealed: characters of base64url only. Never the same twice. */
  seal(text: string): string
  /** The text that `seal` was given; null for whatever no `seal` of this purpose and these secrets has made. Never throws. */
  open(sealed: string): string | null
}

/**
 * A sealer for one purpose: what is sealed for one opens for no other. `secretKey` seals; it and the `fallbacks` open, so
 * that a secret can be replaced without anybody losing what the old one sealed.
 */
export function createSealer({
  secretKey,
  fallbacks,
  purpose,
}: {
  readonly secretKey: string
  readonly fallbacks: readonly string[]
  readonly purpose: string
}): Sealer {
  const label = Buffer.from(`coatcheck sealing ${format} ${purpose}`)
  const secrets = [secretKey, ...fallbacks]

  return {
    seal(text) {
      const salt = randomBytes(saltBytes)
      const { key, nonce } = deriveFrom(secretKey, salt, label)
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(label)
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(format), salt, content, cipher.getAuthTag()]).toString(
        'base64url',
      )
    },

    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      // Node reads past characters that are not of the alphabet, and past bits that mean nothing.
      if (bytes.toString('base64url') !== sealed) return null
      if (bytes.length < 1 + saltBytes + tagBytes || bytes[0] !== format) return null
      for (const secret of secrets) {
        const text = openWith(secret, bytes, label)
        if (text !== null) return text
      }
      return null
    },
  }
}

/** The first byte of all that is sealed. Another format gets another number, and both can be open for a while. */
const format = 1
const algorithm = 'aes-256-gcm'
const saltBytes = 32
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

function openWith(secret: string, bytes: Buffer, label: Buffer): string | null {
  const salt = bytes.subarray(1, 1 + saltBytes)
  const content = bytes.subarray(1 + saltBytes, -tagBytes)
  const { key, nonce } = deriveFrom(secret, salt, label)
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    .setAAD(label)
    .setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8')
  } catch {
    return null // the tag says that this was not sealed with `secret`, or not for this purpose
  }
}

/** A key for one text only: the salt is so long that no two are ever alike, which of the nonce alone nobody could say. */
function deriveFrom(secret: string, salt: Buffer, label: Buffer): { key: Buffer; nonce: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, label, keyBytes + nonceBytes))
  return { key: bytes.subarray(0, keyBytes), nonce: bytes.subarray(keyBytes) }
}
