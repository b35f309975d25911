import type { Database } from '../../database/database.ts'
import type { SessionId } from '../../session/key.ts'
import type { OtherClocks, RowClocks } from '../../session/roster.ts'
import { clockColumns } from './roster-row.ts'
import { clocksInRow, copyClocks, copyClocksOfCookie } from './session-row.ts'

/**
 * Copies clocks into the row of the session `id`, where that still has the ends of `before`. See `SessionRoster.seen` for the
 * outcome. Where the row has other clocks, a second statement reads them.
 */
export async function copyIntoRow(
  { statements }: Pick<Database, 'statements'>,
  id: SessionId,
  clocks: RowClocks,
  before: RowClocks,
): Promise<OtherClocks> {
  const [, ...ends] = valuesOf(before)
  const values = [id, ...valuesOf(clocks), ...ends]
  const { count } = await statements.write(copyClocks, values)
  if (count > 0) return null
  return (await statements.first(clocksInRow, [id])) ?? 'over'
}

/**
 * Copies clocks where cookies carry records. Several cookies share one row, so the row need not have the clocks of any of
 * them.
 */
export async function copyOfCookie(
  { statements }: Pick<Database, 'statements'>,
  id: SessionId,
  clocks: RowClocks,
): Promise<null> {
  await statements.write(copyClocksOfCookie, [id, ...valuesOf(clocks)])
  return null
}

function valuesOf(clocks: RowClocks) {
  const { lastSeenAt, expiresAt, absoluteExpiresAt } = clockColumns(clocks)
  return [lastSeenAt, expiresAt, absoluteExpiresAt] as const
}
