import { statement } from './statements.ts'
import type { Statement } from './statements.ts'

/** A row that was removed. */
export interface Removed {
  /** The instant that counted, in milliseconds since 1970. */
  readonly at: number
  /** Was it what `counts` asks for? 1 or 0, which both databases say alike; left out where nothing was asked. */
  readonly counted?: number
}

/**
 * Removes at most `$3` rows of `table` whose `column` is between `$1` and `$2`, the oldest first. The last condition is for
 * PostgreSQL, which looks again at a row that another statement has changed meanwhile: what was prolonged stays. `IS TRUE` keeps
 * PostgreSQL from finding rows by it: where its statistics know of none that have expired yet, it would go through all that
 * have, and look for each of them among the rows to remove, which takes minutes. It is planned anew each time: a connection that
 * has removed from a table that was all but empty would keep the plan for that, and read all of the table that it grew to.
 * `counts` is a condition that each removed row is asked about.
 */
export function removal(
  table: string,
  key: string,
  column: string,
  counts?: string,
): Statement<Removed> {
  const asked = counts === undefined ? '' : `, CASE WHEN ${counts} THEN 1 ELSE 0 END AS counted`
  return statement<Removed>(
    `DELETE FROM "${table}" WHERE ${key} IN (SELECT ${key} FROM "${table}" WHERE "${column}" >= $1
       AND "${column}" <= $2 ORDER BY "${column}" LIMIT $3) AND ("${column}" <= $2) IS TRUE RETURNING "${column}" AS at${asked}`,
    { isPlannedAnew: true },
  )
}
