/** What makes two usernames the same: NFKC and no case, so that look-alikes cannot be registered (CVE-2019-19844). */
export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase().normalize('NFKC')
}
