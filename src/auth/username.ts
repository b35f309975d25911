/** Far longer than any username. Normalising takes the square of the marks behind a letter: seconds, for a whole body. */
const longest = 1024

/** A username as it is stored: NFKC, of no more than could ever become one. */
export function normalizeUsername(username: string): string {
  return username.slice(0, longest).normalize('NFKC')
}

/** What makes two usernames the same: NFKC and no case, so that look-alikes cannot be registered (CVE-2019-19844). */
export function usernameKey(username: string): string {
  return normalizeUsername(username).toLowerCase().normalize('NFKC')
}
