import { statement } from './statements.ts'
import type { Statement } from './statements.ts'

/** A row that a removal has removed. */
export interface Removed {
  /** What stood in its `column`, in milliseconds since 1970. */
  readonly at: number
  /** Did it meet the condition `counts`? 1 or 0, which both databases say alike. Left out where there was no such condition. */
  readonly counted?: number
}

/**
 * A statement that removes at most `$3` rows of `table` whose `column` is between `$1` and `$2`, the oldest first. It says of each
 * whether it met the condition `counts`.
 *
 * The last condition is for PostgreSQL, which checks it again on a row that another statement has changed meanwhile: so a session
 * that was prolonged stays. `IS TRUE` keeps PostgreSQL from finding rows by that condition. Where its statistics know of no expired
 * row yet, it would go through all of them, and look for each among the rows to remove, which takes minutes.
 *
 * A row that another statement has locked is left to that one, or to a later removal: so one of several removals at a time takes
 * other rows, and none waits for a program that keeps one. The list is made once (`MATERIALIZED`): PostgreSQL might else ask for
 * it again and again, and get other rows each time.
 *
 * PostgreSQL plans it anew each time. A connection that has removed rows from an all but empty table would otherwise keep the plan
 * for that, and read the whole of the table that it grew to.
 */
export function removal(
  table: string,
  key: string,
  column: string,
  counts?: string,
): Statement<Removed> {
  const asked = counts === undefined ? '' : `, CASE WHEN ${counts} THEN 1 ELSE 0 END AS counted`
  return statement<Removed>(
    `WITH gone AS MATERIALIZED (SELECT ${key} FROM "${table}" WHERE "${column}" >= $1 AND "${column}" <= $2
       ORDER BY "${column}" LIMIT $3 FOR UPDATE SKIP LOCKED)
     DELETE FROM "${table}" WHERE ${key} IN (SELECT ${key} FROM gone) AND ("${column}" <= $2) IS TRUE
     RETURNING "${column}" AS at${asked}`,
    { isPlannedAnew: true },
  )
}
