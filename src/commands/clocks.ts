import type { Database } from '../database/database.ts'
import { statement } from '../database/statements.ts'

/** From where on two clocks that differ are a warning, and an error, in milliseconds. A few hours without NTP come to the first. */
export const [noticed, harmful] = [2_000, 30_000]

/** What the operator does about clocks that differ. */
export const setClocks = 'Let NTP set both clocks: timedatectl says whether it does.'

/** The clock of a PostgreSQL server, in milliseconds since 1970: an expression of SQL. */
export const theirClock = 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS double precision)'

/** The least that this machine's clock can be away from one that said `theirs` between the moments `before` and `after`. */
export function skewOf(theirs: number, before: number, after: number): number {
  // Halfway is the best guess at when.
  return Math.max(0, Math.abs(theirs - (before + after) / 2) - (after - before) / 2)
}

const clock = statement<{ readonly now: number }>(`SELECT ${theirClock} AS now`)

/** How far the clock of this machine and that of a PostgreSQL server are apart, in milliseconds, as far as can be told. */
export async function askSkew(db: Database): Promise<number> {
  const before = Date.now()
  const row = await db.statements.first(clock, [])
  return row === null ? 0 : skewOf(row.now, before, Date.now())
}
