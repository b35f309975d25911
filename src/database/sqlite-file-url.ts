/** The path of the SQLite file that a DATABASE_URL names, as it is written there. Null where the URL names PostgreSQL. */
export function sqliteFile(url: string): string | null {
  return url.startsWith('file:') ? url.slice('file:'.length) : null
}
