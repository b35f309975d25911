import type { Soon } from '../waiting/soon.ts'

/** A parameter of a statement: an instant as a `Date`, true or false as a boolean. */
export type Value = string | number | boolean | Date | null

/**
 * A row as it comes back, alike from both databases: an instant is a number of milliseconds since 1970, and a boolean is 1
 * or 0. Name the columns in the order and with the types that the statement selects.
 */
export type Row = object

/** A statement, written once for both databases. Declare it with `statement`, outside of any function. */
export interface Statement<Result extends Row> {
  readonly sql: string
  /** Does PostgreSQL plan it for each set of values? Otherwise a connection keeps one plan for all. */
  readonly isPlannedAnew?: boolean
  /** Has no value: it ties the type of the rows to the statement. */
  readonly result?: Result
}

/** The outcome of a write: how many rows it changed, and what `RETURNING` gives of them. */
export interface Written<Result extends Row> {
  readonly count: number
  readonly rows: readonly Result[]
}

/** One statement of a transaction. `yield*` it: see `run`. */
export interface Step {
  readonly statement: Statement<Row>
  readonly values: readonly Value[]
}

/** The work of a transaction, which yields its statements and gets the outcome of each. */
export type Work<Result> = Generator<Step, Result, Written<Row>>

/**
 * Runs prepared statements, beside Prisma and under the same rules: on SQLite a read never waits for a writer, a write is
 * never inside another caller's transaction, and waiting for the lock of another program does not stop the event loop.
 * A statement that need not wait answers at once, without a promise: on SQLite, nearly each. A statement that fails throws, at once
 * or later: the driver's own error where the statement is at fault (see `isTaken` and `isRefusedRow`), and `DatabaseUnavailable`
 * where the database is.
 */
export interface Statements {
  /** The first row that a `SELECT` finds outside of transactions; null where there is none. */
  first<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Soon<Result | null>
  /** All rows that a `SELECT` finds outside of transactions. */
  all<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Soon<readonly Result[]>
  /** Runs one statement that writes, with or without `RETURNING`. */
  write<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Soon<Written<Result>>
  /**
   * Runs several statements that write, all or nothing. What `work` throws undoes them, and reaches the caller. On SQLite no other
   * work runs between. `work` may run again from its beginning, so it must change nothing but the database.
   *
   *     const count = await statements.transaction(function* () {
   *       const { rows } = yield* run(takePoint, [key, at])
   *       if (rows.length === 0) throw new Refused()
   *       return (yield* run(note, [key])).count
   *     })
   */
  transaction<Result>(work: () => Work<Result>): Soon<Result>
}

/**
 * Declares a statement. Parameters are `$1`, `$2` and so on, once or more often. A table is named in quotation marks after
 * FROM, JOIN, INTO or UPDATE, and nowhere else: where a column needs one, by an alias. A parameter has the type of the
 * column that it meets; one that meets none needs a `CAST`.
 */
export function statement<Result extends Row = never>(
  sql: string,
  options: Pick<Statement<Result>, 'isPlannedAnew'> = {},
): Statement<Result> {
  return { sql, ...options }
}

/** The cheapest statement that shows whether the database answers. */
export const ping = statement<{ readonly one: number }>('SELECT 1 AS one')

/** Runs one statement inside the work of a transaction, and gives its outcome. */
export function* run<Result extends Row>(
  statement: Statement<Result>,
  values: readonly Value[],
): Generator<Step, Written<Result>, Written<Row>> {
  return (yield { statement, values }) as Written<Result>
}
