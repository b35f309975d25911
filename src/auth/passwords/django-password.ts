import { pbkdf2, scrypt, timingSafeEqual } from 'node:crypto'
import type { ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'
import { isArgon2Hash } from './argon2-hash.ts'

/** Checks a password against one hash. */
export type PasswordCheck = (password: string) => Promise<boolean>

/**
 * The check for a value of Django's `password` column: argon2 (by `verifyArgon2`, which takes PHC format), pbkdf2_sha256 or
 * scrypt. Like Django, it does not normalise the typed text. Null for anything else, and for a hash that takes more work than
 * the bounds below: an imported hash must not stall the server.
 */
export function readDjangoHash(
  stored: string,
  verifyArgon2: (hash: string, password: string) => Promise<boolean>,
): PasswordCheck | null {
  if (stored.length > longestHash) return null
  const [algorithm] = stored.split('$', 1)
  if (algorithm === 'argon2') return readArgon2(stored, verifyArgon2)
  if (algorithm === 'pbkdf2_sha256') return readPbkdf2(stored)
  return algorithm === 'scrypt' ? readScrypt(stored) : null
}

/** Twice what Django's column holds. */
const longestHash = 256

/** Django 6.0 takes 100 MiB, 2 passes and 8 lanes. */
const argon2Bounds = { m: 262_144, t: 8, p: 16 }

/** Django 6.0 takes 1,200,000, and more with each release. */
const mostIterations = 5_000_000

/** Django 6.0 takes N = 16,384, r = 8, p = 5: memory is 128 N r bytes, and the work grows with N r p. */
const scryptBounds = { memory: 128 * 2 ** 20, work: 2 ** 22 }

/** Django puts its own word before the PHC format of argon2-cffi. */
function readArgon2(
  stored: string,
  verifyArgon2: (hash: string, password: string) => Promise<boolean>,
): PasswordCheck | null {
  const [, m = '', t = '', p = ''] =
    /^argon2\$argon2id?\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/.exec(
      stored,
    ) ?? []
  const fits =
    isWithin(m, argon2Bounds.m) && isWithin(t, argon2Bounds.t) && isWithin(p, argon2Bounds.p)
  const hash = stored.slice('argon2'.length)
  return fits && isArgon2Hash(hash) ? (password) => verifyArgon2(hash, password) : null
}

function readPbkdf2(stored: string): PasswordCheck | null {
  const [, iterations = '', salt = '', digest = ''] =
    /^pbkdf2_sha256\$(\d{1,8})\$([^$\p{C}]+)\$([A-Za-z0-9+/]{43}=)$/u.exec(stored) ?? []
  if (!isWithin(iterations, mostIterations)) return null
  return async (password) =>
    isSame(digest, await derivePbkdf2(password, salt, Number(iterations), 32, 'sha256'))
}

function readScrypt(stored: string): PasswordCheck | null {
  const [, cost = '', salt = '', blockSize = '', lanes = '', digest = ''] =
    /^scrypt\$(\d{1,8})\$([^$\p{C}]+)\$(\d{1,4})\$(\d{1,4})\$([A-Za-z0-9+/]{86}==)$/u.exec(
      stored,
    ) ?? []
  const [N, r, p] = [Number(cost), Number(blockSize), Number(lanes)]
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0
  if (!isPowerOfTwo || r < 1 || p < 1) return null
  if (128 * N * r > scryptBounds.memory || N * r * p > scryptBounds.work) return null
  // Node's own limit of 32 MiB may be too low for a Django hash.
  const options = { N, r, p, maxmem: 2 * scryptBounds.memory }
  return async (password) => isSame(digest, await deriveScrypt(password, salt, 64, options))
}

const derivePbkdf2 = promisify(pbkdf2)
const deriveScrypt = promisify<string, string, number, ScryptOptions, Buffer>(scrypt)

function isWithin(digits: string, most: number): boolean {
  return Number(digits) >= 1 && Number(digits) <= most
}

function isSame(base64: string, derived: Buffer): boolean {
  return timingSafeEqual(Buffer.from(base64, 'base64'), derived)
}
