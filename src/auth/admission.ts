import type { Database } from '../database/database.ts'
import type { SessionId } from '../session/key.ts'
import type { SessionAuth } from '../session/record.ts'
import type { Version } from '../session/store.ts'
import { userColumns } from './user.ts'
import type { User } from './user.ts'

/**
 * How long a request under a replaced key may have been on its way, in milliseconds: longer than the server lets any
 * request take. Its late write would otherwise start a session whose cookie replaces the one from the login.
 */
export const onItsWay = 30_000

/**
 * The session of `id` as a condition on the roster's rows, under the key that it moved to just now as well: an end that
 * comes in the middle of a change of key is meant for both. `now` is in milliseconds since 1970.
 */
export function sameSession(id: SessionId, now: number) {
  return { OR: [{ id }, { previousId: id, previousAt: { gt: new Date(now - onItsWay) } }] }
}

/** What decides who may come in. */
export interface AdmissionOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Does the engine keep its records in the roster's rows? */
  readonly sharesRows: boolean
  /** Does the engine keep records on this side? Otherwise the cookie of an ended session still holds one. */
  readonly keepsRecords: boolean
}

/**
 * Says who may open the session of a record that is there; null where it is over, or its user may no longer enter. With
 * `version`, null also where another version of the record is stored.
 */
export type Admission = (
  id: SessionId,
  auth: SessionAuth,
  version?: Version,
) => Promise<User | null>

/**
 * The roster's word on records. Its row decides, together with the user's: where both say what the record says, by one
 * statement; where the record is behind, by a second look.
 */
export function createAdmission(
  db: Database,
  { now, sharesRows, keepsRecords }: AdmissionOptions,
): Admission {
  return async (id, { userId, epoch }, version) => {
    const stored = version === undefined ? {} : { version: Number(version) }
    const user = await db.user.findFirst({
      where: {
        id: userId,
        isActive: true,
        epoch,
        sessions: { some: { id, epoch, endedAt: null, ...stored } },
      },
      select: userColumns,
    })
    return user ?? (version === undefined ? whoMovedOn(id, userId) : null)
  }

  /**
   * Who holds a session whose record is behind its row. A row moves to a new epoch together with its user, in the change
   * of password that the session's holder asks for; the record follows under a new key. While it moves, the record under
   * the old key opens, so that no other tab of the visitor is signed out: it is ended last. One statement looks at both
   * rows, because a move may be taken back at any moment.
   */
  async function whoMovedOn(id: SessionId, userId: string): Promise<User | null> {
    const rows = await db.session.findMany({ where: sameSession(id, now()), select: rowColumns })
    const own = rows.find((row) => row.id === id)
    const isOver = own === undefined ? sharesRows : own.endedAt !== null
    if (isOver) return null
    if (own?.userId === userId) return ifAdmitted(own)
    const next = rows.find((row) => row.id !== id && row.userId === userId && !row.endedAt)
    return next && keepsRecords ? ifAdmitted(next) : null
  }
}

const rowColumns = {
  id: true,
  userId: true,
  epoch: true,
  endedAt: true,
  user: { select: userColumns },
} as const

function ifAdmitted(row: {
  readonly epoch: number | null
  readonly user: User | null
}): User | null {
  const { epoch, user } = row
  return user?.isActive && user.epoch === epoch ? user : null
}
