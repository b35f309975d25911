import { longest } from './password.ts'
import { usernameKey } from './username.ts'

/** A password that somebody wants, and whose it is to be. */
export interface WantedPassword {
  readonly username: string
  readonly password: string
  /** In characters, as people count them. */
  readonly minLength: number
}

/**
 * What is wrong with a new password, a sentence for every rule that it breaks (NIST SP 800-63B: a least length, no list
 * of wanted kinds of characters, nothing that an attacker tries first). All of it is looked at, in the form it is hashed in.
 */
export async function passwordFaults({
  username,
  password,
  minLength,
}: WantedPassword): Promise<string[]> {
  // Nothing else is looked at: normalising something endless would take seconds.
  if (Buffer.byteLength(password) > longest) return ['At most 1,024 bytes.']
  const faults: string[] = []
  if ([...password.normalize('NFC')].length < minLength)
    faults.push(`At least ${minLength} characters.`)
  if (!password.isWellFormed()) faults.push('Not well-formed text.')
  if (password !== '' && usernameKey(password) === usernameKey(username))
    faults.push('Not the username.')
  if (await isCommon(password)) faults.push('Not one of the most common passwords.')
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
