import { createDecipheriv, hkdfSync } from 'node:crypto'

const format = 1
const algorithm = 'aes-256-gcm'
const saltBytes = 32
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/**
 * The text that was sealed in format 1, under a key derived from a salt of its own; null for anything else. This release does
 * not seal in it, but visitors who still have such cookies stay signed in. Browsers keep no cookie for longer than 400 days:
 * after that, this file can go.
 */
export function openFirstFormat(
  bytes: Buffer,
  { secrets, purpose }: { readonly secrets: readonly string[]; readonly purpose: string },
): string | null {
  if (bytes.length < 1 + saltBytes + tagBytes || bytes[0] !== format) return null
  const label = Buffer.from(`coatcheck sealing ${format} ${purpose}`)
  for (const secret of secrets) {
    const text = openWith(secret, bytes, label)
    if (text !== null) return text
  }
  return null
}

function openWith(secret: string, bytes: Buffer, label: Buffer): string | null {
  const salt = bytes.subarray(1, 1 + saltBytes)
  const content = bytes.subarray(1 + saltBytes, -tagBytes)
  const derived = Buffer.from(hkdfSync('sha256', secret, salt, label, keyBytes + nonceBytes))
  const [key, nonce] = [derived.subarray(0, keyBytes), derived.subarray(keyBytes)]
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    .setAAD(label)
    .setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8')
  } catch {
    return null // the tag says that this was not sealed with `secret`, or not for this purpose
  }
}
