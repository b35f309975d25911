import type { Prisma, PrismaClient } from '../generated/prisma/client.ts'
import type { Row, Statement, Statements, Value, Written } from './statements.ts'

/** The database of our schema, whichever it is: Prisma's client, and prepared statements beside it. */
export interface Database extends Omit<PrismaClient, '$transaction'> {
  /** What `work` does by the client that it gets, all or nothing. */
  $transaction<Result>(work: (all: Prisma.TransactionClient) => Promise<Result>): Promise<Result>
  /** For what every request does, where Prisma would cost more than the statement. */
  readonly statements: Statements
  /**
   * As `statements.write`, for work that no visitor waits for, and that is done again where it was undone: on SQLite it is done
   * beside the event loop, by a thread that is there meanwhile, and on PostgreSQL a crash of the database may undo what it did
   * in the last second.
   */
  writeAside<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Promise<Written<Result>>
  /**
   * A number that is another one where another program has committed since, or the thread of `writeAside`; null on
   * PostgreSQL, which notifies. Takes microseconds. Throws where the file cannot be read.
   */
  readonly othersVersion: (() => number) | null
  /**
   * Has PostgreSQL learn anew how large those of our tables are that have grown tenfold since it last did, and says how many
   * those were; null on SQLite, which finds rows in the same way however many there are.
   */
  readonly analyzeGrown: (() => Promise<number>) | null
}

/** How to open a database. */
export interface DatabaseOptions {
  /** Called with every statement that the driver runs. */
  readonly onStatement?: (sql: string) => void
  /** How long callers wait for an answer, in milliseconds. The database does not begin what takes longer, or cancels it. */
  readonly patience?: number
  /** Does what may keep the event loop busy for minutes, as a migration of SQLite does. Left out: it is done as anything else. */
  readonly whileBusy?: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** Options of a migration. */
export interface MigrateOptions {
  /** How long it waits for another migration, in milliseconds. */
  readonly lockTime?: number
}

/** What a kind of database can do only with its driver. */
export interface DatabaseDriver {
  /** Opens it. Close it with `$disconnect`. */
  open(url: string, options: DatabaseOptions): Promise<Database>
  /**
   * Applies the migrations that it does not have yet, and names them. Processes that start together take turns. Throws
   * `DatabaseUnusable` where a migration was edited after it was applied, or the database cannot do it.
   */
  migrate(url: string, options?: MigrateOptions): Promise<string[]>
  /** The migrations that it does not have yet. Changes nothing. */
  pending(url: string): Promise<string[]>
}
