/** Far longer than any username. Normalising takes the square of the marks behind a letter: seconds, for a whole body. */
const longest = 1024

/**
 * White space of every kind, and the marks of no width and of direction that phones and chat programs put around what
 * they copy.
 */
const around = '[\\s\\u061c\\u200b-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069]+'

const surroundings = new RegExp(`^${around}|${around}$`, 'gu')

/**
 * A name or an address as its user meant it: without what surrounds it and is not seen (Django's forms strip, and RFC
 * 8265 allows no spaces). No name and no address may hold any of it, so nothing that counts is lost. Never for passwords.
 */
export function trimName(name: string): string {
  return name.slice(0, longest).replace(surroundings, '')
}

/** A username as it is stored: trimmed, NFKC, of no more than could ever become one. */
export function normalizeUsername(username: string): string {
  return trimName(username).normalize('NFKC')
}

/** What makes two usernames the same: NFKC and no case, so that look-alikes cannot be registered (CVE-2019-19844). */
export function usernameKey(username: string): string {
  return normalizeUsername(username).toLowerCase().normalize('NFKC')
}

/** What makes two e-mail addresses the same: what makes two usernames so. */
export function addressKey(address: string): string {
  return usernameKey(address)
}
