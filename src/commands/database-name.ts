/** What a sentence calls the database at `url`: the path of its file, or the address of its server without user, password and parameters. */
export function databaseName(url: string): string {
  if (url.startsWith('file:')) return url.slice('file:'.length)
  const [address = ''] = url.split('?')
  return address.replace(/\/\/.*@/s, '//')
}
