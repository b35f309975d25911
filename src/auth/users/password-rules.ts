import { longest } from '../passwords/password.ts'
import { usernameKey } from './username.ts'
import type { BrokenRule } from '../../refusals.ts'

/** A password that a user wants. */
export interface WantedPassword {
  readonly username: string
  readonly password: string
  /** In characters, as people count them. */
  readonly minLength: number
}

/**
 * Every rule that a new password breaks (NIST SP 800-63B: a least length, no required kinds of characters, nothing that an
 * attacker tries first). Checks all of it, in the normal form in which it is hashed.
 */
export async function passwordFaults({
  username,
  password,
  minLength,
}: WantedPassword): Promise<BrokenRule[]> {
  // Checks nothing else: normalising a very long text would take seconds.
  if (Buffer.byteLength(password) > longest)
    return [{ message: 'At most 1,024 bytes.', code: 'TOO_LONG', max: longest }]
  const faults: BrokenRule[] = []
  if ([...password.normalize('NFC')].length < minLength)
    faults.push({
      message: `At least ${minLength} characters.`,
      code: 'TOO_SHORT',
      min: minLength,
    })
  if (!password.isWellFormed())
    faults.push({ message: 'Not well-formed text.', code: 'INVALID_FORMAT' })
  if (password !== '' && usernameKey(password) === usernameKey(username))
    faults.push({ message: 'Not the username.', code: 'SAME_AS_USERNAME' })
  if (await isCommon(password))
    faults.push({ message: 'Not one of the most common passwords.', code: 'TOO_COMMON' })
  return faults
}

/** Shorter passwords are refused for their length alone. */
const shortestListed = 8

/** Loads the list of 49,233 with the first new account: unpacking it takes 30 ms, a search far less than one. */
async function isCommon(password: string): Promise<boolean> {
  const lowered = password.normalize('NFC').toLowerCase()
  if (lowered.length < shortestListed) return false
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return dictionary['passwords-common'].includes(lowered)
}
