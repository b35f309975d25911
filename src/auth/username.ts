/** Far longer than any username. Normalising takes the square of the marks behind a letter: seconds, for a whole body. */
const longest = 1024

/** What makes two usernames the same: NFKC and no case, so that look-alikes cannot be registered (CVE-2019-19844). */
export function usernameKey(username: string): string {
  return username.slice(0, longest).normalize('NFKC').toLowerCase().normalize('NFKC')
}
