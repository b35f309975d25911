import type { Prisma, PrismaClient } from '../generated/prisma/client.ts'
import type { Row, Statement, Statements, Value, Written } from './statements.ts'

/** The database of our schema, whichever it is: Prisma's client, and prepared statements beside it. */
export interface Database extends Omit<PrismaClient, '$transaction'> {
  /** The result of `work`. What that does by the client it gets is stored together, or not at all where `work` throws. */
  $transaction<Result>(work: (all: Prisma.TransactionClient) => Promise<Result>): Promise<Result>
  /** For what every request does, where Prisma would cost more than the statement. */
  readonly statements: Statements
  /**
   * As `statements.write`, for work that no visitor waits for, and that its caller does again where it was undone. On SQLite a
   * thread beside the event loop does it. On PostgreSQL it does not wait for the disk, so that a crash of the database may undo
   * what it did in the last second.
   */
  writeAside<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Promise<Written<Result>>
  /**
   * Gives a number that changes when another program, or the thread of `writeAside`, commits. It takes microseconds, and throws
   * where the file cannot be read. Null on PostgreSQL, which notifies.
   */
  readonly othersVersion: (() => number) | null
  /**
   * The database's clock, in milliseconds since 1970. Rejects where the database does not answer. Null on SQLite, which has no
   * clock but the machine's.
   */
  readonly clock: (() => Promise<number>) | null
  /**
   * Has PostgreSQL analyze those of our tables that have grown tenfold since it last did, and says how many those were. Null on
   * SQLite, which finds rows in the same way however many there are.
   */
  readonly analyzeGrown: (() => Promise<number>) | null
}

/** How to open a database. */
export interface DatabaseOptions {
  /** Called with every statement that the driver runs. */
  readonly onStatement?: (sql: string) => void
  /**
   * How long callers wait for an answer, in milliseconds. The database does not begin what would come later, or cancels it. Left
   * out: three seconds on SQLite, five on PostgreSQL.
   */
  readonly patience?: number
  /** Does what may keep the event loop busy for minutes, as a migration of SQLite does. Left out: it is done as anything else. */
  readonly whileBusy?: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** Options of a migration. */
export interface MigrateOptions {
  /** How long it waits for another migration, in milliseconds. Left out: ten seconds on SQLite, thirty on PostgreSQL. */
  readonly lockTime?: number
  /** For how long it tries to lock a table that other transactions hold on PostgreSQL, in milliseconds. Left out: a minute. */
  readonly tableTime?: number
  /** Gets a sentence for the operator: which of those it waits for, before each pause, and which index it has built anew. */
  readonly tell?: (sentence: string) => void
}

/** What a kind of database can do only with its driver. */
export interface DatabaseDriver {
  /**
   * Opens it. Close it with `$disconnect`. Throws `DatabaseUnusable` where the URL or the SQLite file cannot be used. A PostgreSQL
   * server is not asked before the first statement.
   */
  open(url: string, options: DatabaseOptions): Promise<Database>
  /**
   * Applies the migrations that it does not have yet, and names them. Processes that start together take turns. Throws
   * `DatabaseUnusable` where a migration was edited after it was applied, or the database cannot do it.
   */
  migrate(url: string, options?: MigrateOptions): Promise<string[]>
  /** Names the migrations that it does not have yet, and changes nothing. Throws as `migrate` does. */
  pending(url: string): Promise<string[]>
}
