/**
 * The path in a DATABASE_URL that names a SQLite file, as it is written there: from the working directory, where it is not
 * absolute. null: it names PostgreSQL.
 */
export function sqliteFile(url: string): string | null {
  return url.startsWith('file:') ? url.slice('file:'.length) : null
}
