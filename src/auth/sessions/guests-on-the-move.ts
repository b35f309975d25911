import type { Database } from '../../database/database.ts'
import type { SessionId } from '../../session/key.ts'
import { deleteRecords } from './delete-records.ts'
import type { Deleting } from './delete-records.ts'
import type { SessionCondition } from './session-filter.ts'

/** How many guests end at once while sessions move: the statement names each of them. */
export const mostGuests = 100

/** What the removal of guests needs. */
export interface GuestRemovalContext {
  readonly db: Pick<Database, 'session'>
  /** While sessions move between the roster's rows and another store: that store. */
  readonly besideRows?: Deleting['store']
}

/** Removes what the other store may have of guests whose rows are about to be marked. */
export interface GuestRemoval {
  /**
   * Removes it for the sessions that `which` matches, and gives the condition of those that may be marked: sessions of
   * users, and of guests at the version that their row had before. A row that has changed since may be on its way there.
   */
  remove(which: SessionCondition): Promise<SessionCondition>
  /** Rejects as the other store did, where it failed. From then on no guest may be marked. */
  assertRemoved(): void
}

/**
 * While sessions move, the record of a guest may be in the other store, which opens it without a look at the row. So its removal
 * there is the end, and comes before the mark. The rows of users end their sessions wherever the records are.
 */
export function createGuestRemoval({ db, besideRows }: GuestRemovalContext): GuestRemoval {
  const ofUsers: SessionCondition = { userId: { not: null } }
  let failure: { readonly error: unknown } | null = null

  return {
    async remove(which) {
      if (!besideRows) return {}
      if (failure) return ofUsers
      const rows = await db.session.findMany({
        where: { AND: [which, { userId: null }] },
        take: mostGuests,
        select: { id: true, version: true },
      })
      const ids = rows.map(({ id }) => id as SessionId)
      try {
        await deleteRecords({ store: besideRows }, ids)
      } catch (error) {
        failure = { error }
        return ofUsers
      }
      return { OR: [ofUsers, ...rows] }
    },

    assertRemoved() {
      if (failure) throw failure.error
    },
  }
}
