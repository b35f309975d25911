import type { Database, DatabaseDriver } from './driver.ts'
import { readPostgresqlUrl } from './postgresql-url.ts'
import { sqliteFile } from './sqlite-file-url.ts'

export type { Database }

/** A kind of database. */
export interface DatabaseKind extends DatabaseDriver {
  readonly name: 'sqlite' | 'postgresql'
  /** How many statements the database at `url` takes at a time; the others wait their turn. */
  places(url: string): number
  /** How many rows one statement may change, so that no other writer waits for longer than one query takes. */
  readonly rowsAtOnce: number
  /** Does the server apply pending migrations by itself when it starts? */
  readonly migratesAtStart: boolean
}

/** The kind that `url` names: SQLite for `file:`, PostgreSQL for everything else that the configuration lets through. */
export function databaseKind(url: string): DatabaseKind {
  return sqliteFile(url) === null ? postgresql : sqlite
}

const sqlite: DatabaseKind = {
  name: 'sqlite',
  migratesAtStart: true,
  // SQLite takes one at a time, but works within this process, so that no call waits for an answer from outside.
  places: () => Infinity,
  // Requests wait for the statement, which runs in their process.
  rowsAtOnce: 100,
  ...drivenBy(async () => (await import('./sqlite.ts')).sqlite),
}

const postgresql: DatabaseKind = {
  name: 'postgresql',
  // Several servers may start at once, and a migration of a large table is for a quiet hour.
  migratesAtStart: false,
  places: (url) => readPostgresqlUrl(url).places,
  // A writer waits for a row that it wants too, and for nothing else; the processors are the database's for so long.
  rowsAtOnce: 1_000,
  ...drivenBy(async () => (await import('./postgresql.ts')).postgresql),
}

/** Loads the driver at its first use: loading that of the other kind too would cost each process memory and time. */
function drivenBy(load: () => Promise<DatabaseDriver>): DatabaseDriver {
  return {
    open: async (url, options) => (await load()).open(url, options),
    migrate: async (url, options) => (await load()).migrate(url, options),
    pending: async (url) => (await load()).pending(url),
  }
}
