/** Far longer than any username. Normalising takes quadratic time in the marks behind a letter: seconds for a large body. */
const longest = 1024

/** White space, and the marks of zero width and of direction that phones and chat programs put around copied text. */
const around = '[\\s\\u061c\\u200b-\\u200f\\u202a-\\u202e\\u2060\\u2066-\\u2069]+'

const surroundings = new RegExp(`^${around}|${around}$`, 'gu')

/**
 * A name or an address without the invisible characters around it (Django's forms strip, and RFC 8265 allows no spaces). No
 * name or address may contain these, so nothing that counts is lost. Never for passwords.
 */
export function trimName(name: string): string {
  return name.slice(0, longest).replace(surroundings, '')
}

/** A username as it is stored: cut at `longest`, trimmed, in NFKC. */
export function normalizeUsername(username: string): string {
  return trimName(username).normalize('NFKC')
}

/**
 * The form in which usernames are compared: NFKC without case, so that visitors cannot register look-alikes (CVE-2019-19844).
 */
export function usernameKey(username: string): string {
  return normalizeUsername(username).toLowerCase().normalize('NFKC')
}

/** The form in which e-mail addresses are compared: that of usernames. */
export function addressKey(address: string): string {
  return usernameKey(address)
}
