import { sqliteFile } from '../database/sqlite-file-url.ts'

/** What a sentence calls the database at `url`: the path of its file, or the address of its server without user, password and parameters. */
export function databaseName(url: string): string {
  const file = sqliteFile(url)
  if (file !== null) return file
  const [address = ''] = url.split('?')
  return address.replace(/\/\/.*@/s, '//')
}
