import type { Prisma, PrismaClient } from '../generated/prisma/client.ts'
import { readPostgresqlUrl } from './postgresql-url.ts'
import type { Row, Statement, Statements, Value, Written } from './statements.ts'

/** The database of our schema, whichever it is: Prisma's client, and prepared statements beside it. */
export interface Database extends Omit<PrismaClient, '$transaction'> {
  /** What `work` does by the client that it gets, all or nothing. */
  $transaction<Result>(work: (all: Prisma.TransactionClient) => Promise<Result>): Promise<Result>
  /** For what every request does, where Prisma would cost more than the statement. */
  readonly statements: Statements
  /**
   * As `statements.write`, for work that no visitor waits for: on SQLite it is done beside the event
   * loop, by a thread that is there meanwhile.
   */
  writeAside<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Promise<Written<Result>>
}

/** How to open a database. */
export interface DatabaseOptions {
  /** Called with every statement that the driver runs. */
  readonly onStatement?: (sql: string) => void
  /** How long callers wait for an answer, in milliseconds. The database does not begin what takes longer, or cancels it. */
  readonly patience?: number
}

/** Options of a migration. */
export interface MigrateOptions {
  /** How long it waits for another migration, in milliseconds. */
  readonly lockTime?: number
}

/** A kind of database. */
export interface DatabaseKind {
  readonly name: 'sqlite' | 'postgresql'
  /** Opens it. Close it with `$disconnect`. */
  open(url: string, options: DatabaseOptions): Promise<Database>
  /**
   * Applies the migrations that it does not have yet, and names them. Processes that start together take turns. Throws
   * `DatabaseUnusable` where a migration was edited after it was applied, or the database cannot do it.
   */
  migrate(url: string, options?: MigrateOptions): Promise<string[]>
  /** The migrations that it does not have yet. Changes nothing. */
  pending(url: string): Promise<string[]>
  /** How many statements it takes at a time; the others wait their turn. */
  places(url: string): number
  /** How many rows one statement may change, so that no other writer waits for longer than one query takes. */
  readonly rowsAtOnce: number
  /** Does the server apply pending migrations by itself when it starts? */
  readonly migratesAtStart: boolean
}

/** What a kind can do only with its driver. */
export type DatabaseDriver = Pick<DatabaseKind, 'open' | 'migrate' | 'pending'>

/** The kind that `url` names: SQLite for `file:`, PostgreSQL for everything else that the configuration lets through. */
export function databaseKind(url: string): DatabaseKind {
  return url.startsWith('file:') ? sqlite : postgresql
}

const sqlite: DatabaseKind = {
  name: 'sqlite',
  migratesAtStart: true,
  // SQLite takes one at a time, but works within this process, so that no call waits for an answer from outside.
  places: () => Infinity,
  rowsAtOnce: 400,
  ...drivenBy(async () => (await import('./sqlite.ts')).sqlite),
}

const postgresql: DatabaseKind = {
  name: 'postgresql',
  // Several servers may start at once, and a migration of a large table is for a quiet hour.
  migratesAtStart: false,
  places: (url) => readPostgresqlUrl(url).places,
  // A writer waits for a row that it wants too, and for nothing else.
  rowsAtOnce: 2_000,
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
