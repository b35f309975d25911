import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { SessionId } from '../../session/key.ts'
import { askedPlaces, askedValues } from './asked-ids.ts'

/** What a row says about the session `id`: its own row, or that of the key which took its place. Milliseconds since 1970. */
interface StateRow {
  readonly id: SessionId
  readonly version: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
}

/** The rows of `mostAsked` sessions, and of the keys that took their places. */
export const rowStates = statement<StateRow>(
  `SELECT id, version, "lastSeenAt", "expiresAt", "endedAt" FROM "Session" WHERE id IN (${askedPlaces})
   UNION ALL SELECT "previousId", version, "lastSeenAt", "expiresAt", "endedAt" FROM "Session" WHERE "previousId" IN (${askedPlaces})`,
)

/**
 * A text for each of these sessions, at most `mostAsked`, that has a row. The text changes where the row changes in a way
 * that a stream reports.
 */
export async function rowStatesOf(
  { statements }: Pick<Database, 'statements'>,
  ids: readonly SessionId[],
): Promise<ReadonlyMap<SessionId, string>> {
  const rows = await statements.all(rowStates, askedValues(ids))
  const states = new Map<SessionId, string>()
  for (const { id, version, lastSeenAt, expiresAt, endedAt } of rows)
    states.set(id, `${states.get(id) ?? ''}${version} ${lastSeenAt} ${expiresAt} ${endedAt};`)
  return states
}
