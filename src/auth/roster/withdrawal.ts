import type { Database } from '../../database/database.ts'
import type { SessionId } from '../../session/key.ts'
import type { PreviousSession, RowClocks } from '../../session/roster.ts'
import { clockColumns, clocksOf, originOf } from './roster-row.ts'
import type { Client } from '../../http/client.ts'

/** An enrolment to take back. */
export interface Withdrawal {
  readonly id: SessionId
  /** The session whose place it took; null where it took none. */
  readonly previous: PreviousSession | null
  /** The clocks of the row of `previous`, where the enrolment has removed it; null where it has not, or that is not known. */
  readonly removed: RowClocks | null
  readonly client: Client
  /** Does the engine keep its records in the roster's rows? Then the row of `previous` is still there. */
  readonly recordsAreRows: boolean
}

/**
 * Takes back the row of a key that reached no visitor, and puts the session before it back in its place, unless the key of
 * another login has come there. Leaves a row that has ended meanwhile: that end was meant for the session before it too, which
 * may have no row of its own any more to say why it is over. Does nothing where there is no row.
 */
export async function withdraw(
  db: Database,
  { id, previous, removed, client, recordsAreRows }: Withdrawal,
): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { id, endedAt: null } })
    if (!previous?.auth) return
    if (count === 0) {
      if (!recordsAreRows) await handOnEnd(tx, id, previous)
      return
    }
    // Its visitor has signed in again meanwhile, and the key from before that login opens nothing any more.
    if ((await tx.session.count({ where: { previousId: previous.id } })) > 0) return
    const { userId, epoch } = previous.auth
    const owner = { userId, epoch }
    if (recordsAreRows) {
      // Only where the enrolment took the row: one that still names its user may have moved to another epoch.
      await tx.session.updateMany({ where: { id: previous.id, userId: null }, data: { userId } })
    } else {
      // Another writer may have stored a record that expires later, behind clocks that it had copied before.
      const clocks = { ...clocksOf(previous.record), ...(removed && clockColumns(removed)) }
      const row = { id: previous.id, ...clocks, ...originOf(client), ...owner }
      await tx.session.upsert({
        where: { id: previous.id },
        create: row,
        update: owner,
      })
    }
  })
}

/** Writes the end of `id` down for the session whose place it took. The row names no user, so that no list has the session twice. */
async function handOnEnd(
  tx: Pick<Database, 'session'>,
  id: SessionId,
  { id: previousId, auth, record }: PreviousSession,
): Promise<void> {
  const end = await tx.session.findUnique({
    where: { id, endedAt: { not: null } },
    select: { endedAt: true, endReason: true },
  })
  if (end === null) return
  const row = { id: previousId, ...clocksOf(record), epoch: auth?.epoch ?? null, ...end }
  await tx.session.upsert({ where: { id: previousId }, create: row, update: {} })
}
