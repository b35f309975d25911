import type { CombinedError } from 'urql'

/** A refusal, as far as this page asks for it. */
export interface Refusal {
  readonly __typename: string
  readonly code: string
  readonly retryAfter?: number
  readonly fields?: readonly BrokenRule[]
}

/** A rule that a value breaks. */
export interface BrokenRule {
  readonly path: readonly string[]
  readonly code: string | null
  readonly min?: number | null
  readonly max?: number | null
}

/** Our own words for a refusal. The code is stable; the server's `message` is for people who write programs. */
export function describeRefusal({ code, retryAfter }: Refusal): string {
  switch (code) {
    case 'INVALID_CREDENTIALS':
      return 'This name and password do not go together.'
    case 'TOO_MANY_ATTEMPTS':
      return `Too many tries. Come back in ${retryAfter ?? 60} seconds.`
    case 'REGISTRATION_CLOSED':
      return 'This shop takes no new customers at present.'
    case 'SESSION_INTERRUPTED':
      return 'You were signed out while this was under way. Nothing was changed.'
    case 'SESSION_TOO_LARGE':
      return 'There is no room for more.'
    default:
      return 'This did not work.' // a refusal that a later release may add
  }
}

/** The rules that a refusal is about, for the fields of its form. None where it is about the form as a whole. */
export function rulesOf({ code, fields }: Refusal): readonly BrokenRule[] {
  return code === 'USERNAME_TAKEN' ? [{ path: ['username'], code: 'TAKEN' }] : (fields ?? [])
}

/** What the server takes in a username: letters of every language, and no spaces. */
export const usernameLetters = 'letters, digits and @ . + - _'

/** Our own words for a rule that a field breaks, to be shown at that field. */
export function describeField({ path, code, min, max }: BrokenRule): string {
  switch (code) {
    case 'REQUIRED':
      return 'Please fill this in.'
    case 'TOO_SHORT':
      return min === 1 ? 'Please fill this in.' : `Use at least ${min} characters.`
    case 'TOO_LONG':
      return `Use ${max} characters at most.`
    case 'INVALID_FORMAT':
      return path.at(-1) === 'username'
        ? `Use only ${usernameLetters}`
        : 'This is not written right.'
    case 'TOO_SMALL':
      return `Not less than ${min}.`
    case 'TOO_LARGE':
      return `Not more than ${max}.`
    case 'TOO_MANY':
      return `Not more than ${max} of them.`
    case 'TOO_COMMON':
      return 'Too many people use this one. Choose another.'
    case 'TAKEN':
      return 'This name is taken. Choose another.'
    case 'SAME_AS_USERNAME':
      return 'This is your name. Choose another password.'
    default:
      return 'This cannot be used here.'
  }
}

/** Our own words for what is no refusal: nothing was done, and it may work later. */
export function describeFailure({ networkError, graphQLErrors }: CombinedError): string {
  const code = graphQLErrors[0]?.extensions.code
  if (code === 'UNAUTHENTICATED') return 'Please sign in first.'
  if (code === 'SERVER_BUSY' || code === 'SESSION_BUSY') return 'The shop is busy. Try again.'
  if (networkError || code === 'SESSION_STORE_UNAVAILABLE')
    return 'The shop cannot be reached. Try again in a moment.'
  return 'Something went wrong. Try again.'
}
