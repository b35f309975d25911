import type { Soon } from '../waiting/soon.ts'

/** What a statement is given: an instant as a `Date`, a truth as a boolean. */
export type Value = string | number | boolean | Date | null

/**
 * A row as it comes back, alike from both databases: an instant is a number of milliseconds since 1970, and a truth is 1
 * or 0. Name the columns in the order and with the types that the statement selects.
 */
export type Row = object

/** A statement, written once for both databases. Declare it with `statement`, outside of any function. */
export interface Statement<Result extends Row> {
  readonly sql: string
  /** Never there: it ties the type of the rows to the statement. */
  readonly result?: Result
}

/** What a write has done: to how many rows, and what `RETURNING` gives of them. */
export interface Written<Result extends Row> {
  readonly count: number
  readonly rows: readonly Result[]
}

/** One statement of a transaction. `yield*` it: see `run`. */
export interface Step {
  readonly statement: Statement<Row>
  readonly values: readonly Value[]
}

/** The work of a transaction, which yields its statements and is told what each has done. */
export type Work<Result> = Generator<Step, Result, Written<Row>>

/**
 * Runs prepared statements, beside Prisma and under the same rules: on SQLite a read never waits for a writer, a write is
 * never inside another caller's transaction, and a lock of another program is waited for without stopping the event loop.
 * What needs no waiting is there at once, on SQLite as a rule everything. What fails throws, at once or later: the driver's own error for what the statement asked (see `isTaken` and
 * `isRefusedRow`), `DatabaseUnavailable` where the database cannot do it.
 */
export interface Statements {
  /** The first row that a `SELECT` finds outside of transactions; null where there is none. */
  first<Result extends Row>(
    statement: Statement<Result>,
    values: readonly Value[],
  ): Soon<Result | null>
  /** All of them. */
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
   * Runs several statements that write, all or nothing; what `work` throws undoes them, and is thrown. `work` runs at a
   * stretch on SQLite. It may run again from its beginning, so it changes nothing but the database.
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
export function statement<Result extends Row = never>(sql: string): Statement<Result> {
  return { sql }
}

/** One statement inside the work of a transaction, and what it has done. */
export function* run<Result extends Row>(
  statement: Statement<Result>,
  values: readonly Value[],
): Generator<Step, Written<Result>, Written<Row>> {
  return (yield { statement, values }) as Written<Result>
}
