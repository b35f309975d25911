import { hkdfSync, randomBytes } from 'node:crypto'
import { openFirstFormat } from './sealing-format-1.ts'
import { createXaes, nonceBytes, tagBytes } from './xaes.ts'

/** Seals text so that its carrier can neither read nor change it. */
export interface Sealer {
  /** `text`, sealed: characters of base64url only. Never the same twice. */
  seal(text: string): string
  /** How many characters `seal` makes of `text`. */
  sizeOf(text: string): number
  /** The text that `seal` was given; null for anything that no `seal` of this purpose and these secrets has made. Never throws. */
  open(sealed: string): string | null
}

/**
 * A sealer for one purpose: text that is sealed for it opens for no other. `secretKey` seals. It and the `fallbacks` open, so
 * that cookies outlive a change of the secret.
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
  const secrets = [secretKey, ...fallbacks]
  const own = derive(secretKey, purpose)
  const all = [own, ...fallbacks.map((secret) => derive(secret, purpose))]

  return {
    seal(text) {
      const nonce = randomBytes(nonceBytes)
      return Buffer.concat([Buffer.of(format), nonce, own.seal(nonce, text)]).toString('base64url')
    },

    sizeOf: (text) => Math.ceil(((overhead + Buffer.byteLength(text)) * 4) / 3),

    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      // Node reads past characters that are not of the alphabet, and past bits that mean nothing.
      if (bytes.toString('base64url') !== sealed) return null
      if (bytes[0] !== format) return openFirstFormat(bytes, { secrets, purpose })
      if (bytes.length < overhead) return null
      const nonce = bytes.subarray(1, 1 + nonceBytes)
      const content = bytes.subarray(1 + nonceBytes)
      for (const key of all) {
        const text = key.open(nonce, content)
        if (text !== null) return text
      }
      return null
    },
  }
}

/** The first byte of all that is sealed. Another format gets another number, so that a release can open both. */
const format = 2

/** How many bytes sealing adds to a text. */
const overhead = 1 + nonceBytes + tagBytes

/** The key of a secret for one purpose and this format. HKDF takes time, and the key is the same each time. */
function derive(secret: string, purpose: string) {
  const label = `coatcheck sealing ${format} ${purpose}`
  return createXaes(Buffer.from(hkdfSync('sha256', secret, '', label, 32)))
}
