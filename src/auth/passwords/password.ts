import { randomBytes } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { createGate, createGateBefore } from '../../waiting/gate.ts'
import type { Gate, GateLoad } from '../../waiting/gate.ts'
import { isArgon2Hash } from './argon2-hash.ts'
import { readDjangoHash } from './django-password.ts'
import type { PasswordCheck } from './django-password.ts'
import { ServerBusy } from '../../refusals.ts'

/** argon2id, as OWASP's Password Storage Cheat Sheet asks: 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }

/** Our hashes in PHC format: argon2id, a salt of 16 bytes and a hash of 32. */
const shape = /^\$argon2id\$v=19\$[mtp=\d,]+\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/

/** The longest password, in bytes. NIST SP 800-63B wants long ones accepted; longer ones only cost time. */
export const longest = 1024

/** Hashes and checks passwords. Both throw `ServerBusy` when too many wait. */
export interface PasswordHasher {
  /** PASSWORD_MIN_LENGTH: for new passwords. Existing ones may be shorter. */
  readonly minLength: number
  /** The hash to store, in PHC format. Throws a RangeError for an empty, ill-formed or overlong password. */
  hash(password: string): Promise<string>
  /**
   * Is it the password of `hash`, ours or Django's? For null, or text that is no hash, it takes as long as for one of ours
   * and gives false. Rejects where it cannot compute the hash, such as for want of memory: that is no wrong password.
   */
  verify(hash: string | null, password: string): Promise<boolean>
  /** Computes the dummy hash, so that the first check takes no longer than the second. */
  warm(): Promise<void>
  /** How many hashes it computes now, and how many wait: for a place of its own, or for a turn of all. */
  readonly load: GateLoad
  /** Does the hash have other parameters than new ones? */
  needsUpgrade(hash: string): boolean
}

/** How a hasher takes turns. */
export interface HasherOptions {
  readonly concurrency?: number
  readonly waiting?: number
  readonly minLength?: number
  /** The turns that this process shares with others; left out where it is alone. */
  readonly inTurnOfAll?: Gate
}

/**
 * A hasher that runs `concurrency` hashes at a time and lets `waiting` more wait. More at a time would leave no threads for
 * files and DNS.
 */
export function createPasswordHasher({
  concurrency = 2,
  waiting = 50,
  minLength = 8,
  inTurnOfAll,
}: HasherOptions = {}): PasswordHasher {
  const inOwnTurn = createGate(concurrency, (inFront) => {
    if (inFront >= waiting) throw new ServerBusy()
  })
  const inTurn = inTurnOfAll ? createGateBefore(inTurnOfAll, inOwnTurn) : inOwnTurn
  let dummy: Promise<string> | null = null

  /** The hash of a random password that is not kept, so that an unknown user costs what a known one does. */
  function dummyHash(): Promise<string> {
    dummy ??= hash(randomBytes(32), parameters).catch((error: unknown) => {
      dummy = null // the next caller tries again
      throw error
    })
    return dummy
  }

  return {
    minLength,
    load: inTurn.load,

    async warm() {
      await inTurn(dummyHash)
    },

    async hash(password) {
      if (!isUsable(password))
        throw new RangeError('A password is 1 to 1,024 bytes of well-formed text.')
      return inTurn(() => hash(password.normalize('NFC'), parameters))
    },

    async verify(stored, password) {
      if (!isUsable(password)) return false
      const matches = stored === null ? null : checkOf(stored)
      return inTurn(async () => {
        // For a known user too, so that the time of the first check after a start tells nothing.
        const against = await dummyHash()
        return matches === null ? verify(against, password) : matches(password)
      })
    },

    needsUpgrade: (stored) =>
      !shape.test(stored) || !isArgon2Hash(stored) || !hasOurParameters(stored),
  }
}

function hasOurParameters(stored: string): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(stored)
  return (
    memoryCost === parameters.memoryCost &&
    timeCost === parameters.timeCost &&
    parallelism === parameters.parallelism
  )
}

function checkOf(stored: string): PasswordCheck | null {
  if (!stored.startsWith('$argon2')) return readDjangoHash(stored, verify)
  if (!isArgon2Hash(stored)) return null
  return (password) => verify(stored, password.normalize('NFC'))
}

/** Can it be a password at all? If not, callers refuse it without a hash. */
export function isUsable(password: string): boolean {
  return password !== '' && Buffer.byteLength(password) <= longest && password.isWellFormed()
}
