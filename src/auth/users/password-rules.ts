import { longest } from '../passwords/password.ts'
import { usernameKey } from './username.ts'
import type { BrokenRule } from '../../refusals.ts'

/** A password that a user wants to have. */
export interface WantedPassword {
  readonly username: string
  readonly password: string
  /** In characters, as people count them. */
  readonly minLength: number
}

/**
 * What is wrong with a new password, every rule that it breaks (NIST SP 800-63B: a least length, no list
 * of wanted kinds of characters, nothing that an attacker tries first). All of it is looked at, in the form it is hashed in.
 */
export async function passwordFaults({
  username,
  password,
  minLength,
}: WantedPassword): Promise<BrokenRule[]> {
  // Nothing else is looked at: normalising something endless would take seconds.
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

/** What the list holds of fewer characters is short enough to be refused for that alone. */
const shortestListed = 8

/** The list of 49,233 is loaded when the first account is made: it takes 30 ms to unpack, and a search far less than one. */
async function isCommon(password: string): Promise<boolean> {
  const lowered = password.normalize('NFC').toLowerCase()
  if (lowered.length < shortestListed) return false
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return dictionary['passwords-common'].includes(lowered)
}
