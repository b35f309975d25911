import type { Database } from '../../database/database.ts'
import { isExpired } from '../../session/record/expiry.ts'
import type { SessionId } from '../../session/key.ts'
import type { RecordInRow, SessionStore, StoredRecord } from '../../session/store.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import { after } from '../../waiting/soon.ts'
import type { Soon } from '../../waiting/soon.ts'
import { recordRow, rosterRow, rowBesideCopy, userOf } from './session-row.ts'
import type { RecordRow, RosterRow } from './session-row.ts'
import { userColumns } from '../users/user.ts'
import type { User } from '../users/user.ts'

/**
 * How long a request under a replaced key may have been on its way, in milliseconds: longer than the server lets any
 * request take. Its late write would otherwise start a session whose cookie replaces the one from the login.
 */
export const onItsWay = 30_000

/**
 * The session of `id` as a condition on the roster's rows, also under the key that it has just moved to: an end in the middle
 * of a change of key is meant for both. `now` is in milliseconds since 1970.
 */
export function sameSession(id: SessionId, now: number) {
  return { OR: [{ id }, { previousId: id, previousAt: { gt: new Date(now - onItsWay) } }] }
}

/** What admission needs. */
export interface AdmissionOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The database as a dependency. */
  readonly database: Dependency
  /** How a record is read from the roster's row; null for an engine that keeps records elsewhere. */
  readonly recordIn: RecordInRow | null
  /** Does the server keep the records? Otherwise the cookie of an ended session still holds one. */
  readonly keepsRecords: boolean
}

/** A session that may be opened. */
export interface Admitted {
  readonly record: StoredRecord
  /** Who is signed in; null for a guest. */
  readonly user: User | null
  /** Has a change of key let go of the session, and not ended its record yet? */
  readonly isBeingReplaced: boolean
}

/**
 * Finds a session's record in `store`, and its user; null where there is none, where it is over, or where its user may no
 * longer enter. The rows of the roster and of the user decide.
 */
export type Admission = (id: SessionId, store: SessionStore) => Soon<Admitted | null>

/**
 * Admission by the roster. Where records are rows of the roster, one statement reads record, row and user. Otherwise it asks
 * the store, or the copies, at the same time as the roster.
 */
export function createAdmission(
  db: Database,
  { now, database, recordIn, keepsRecords }: AdmissionOptions,
): Admission {
  const { first } = db.statements
  if (!recordIn) return elsewhere
  return (id, { copies }) => (copies ? inCopy(id, copies, recordIn) : inRow(id, recordIn))

  function inRow(id: SessionId, read: RecordInRow): Soon<Admitted | null> {
    const found = database.soon(() => first(recordRow, [id]))
    return after(found, (row) => row && admit(id, row, read))
  }

  function admit(id: SessionId, row: RecordRow, read: RecordInRow): Soon<Admitted | null> {
    const record = read(id, row)
    return record && judge(id, record, row)
  }

  async function inCopy(
    id: SessionId,
    copies: NonNullable<SessionStore['copies']>,
    read: RecordInRow,
  ): Promise<Admitted | null> {
    const finding = copies.find(id)
    if (finding === null) return inRow(id, read)
    const row = await database.soon(() => first(rowBesideCopy, [id]))
    if (row === null || row.endedAt !== null) return null
    if (row.data !== null) return admit(id, row, read)
    const copy = await finding
    if (copy?.version === row.version) return judge(id, copy, row)
    const admitted = await inRow(id, read)
    if (admitted) await copies.keep(id, admitted.record)
    return admitted
  }

  function elsewhere(id: SessionId, store: SessionStore): Soon<Admitted | null> {
    const loading = store.load(id)
    const ask = () => database.soon(() => first(rosterRow, [id]))
    const asked = loading instanceof Promise ? begin(ask) : ask
    return after(loading, (record) => {
      if (record === null) return null
      return after(record.auth && asked(), (row) => judge(id, record, row))
    })
  }

  function judge(
    id: SessionId,
    record: StoredRecord,
    row: RosterRow | null,
  ): Soon<Admitted | null> {
    if (isExpired(record, now()) || (row !== null && row.endedAt !== null)) return null
    const { auth } = record
    if (auth === null) return { record, user: null, isBeingReplaced: false }
    if (row?.id === auth.userId)
      return ifCurrent(userOf(row), row.rowEpoch, { record, isBeingReplaced: false })
    return database.call(() => whoMovedOn(id, auth.userId, record))
  }

  /**
   * Admits the user of a session whose row has gone, or no longer names them. A change of key moves the row first, and ends the
   * record under the old key last. Meanwhile the old key opens it, so that the visitor's other tabs stay signed in. One
   * statement looks at both rows, because a move may be taken back at any moment.
   */
  async function whoMovedOn(
    id: SessionId,
    userId: string,
    record: StoredRecord,
  ): Promise<Admitted | null> {
    const rows = await db.session.findMany({ where: sameSession(id, now()), select: rowColumns })
    const own = rows.find((row) => row.id === id)
    const isOver = own === undefined ? recordIn !== null : own.endedAt !== null
    if (isOver) return null
    if (own?.userId === userId)
      return ifCurrent(own.user, own.epoch, { record, isBeingReplaced: false })
    const next = rows.find((row) => row.id !== id && row.userId === userId && !row.endedAt)
    if (!next || !keepsRecords) return null
    return ifCurrent(next.user, next.epoch, { record, isBeingReplaced: true })
  }
}

/**
 * Begins `work` now. Its outcome, also a failure, goes only to a caller who asks: a guest's session does not depend on it.
 */
function begin<Result>(work: () => Soon<Result>): () => Soon<Result> {
  try {
    const result = work()
    if (result instanceof Promise) result.catch(() => undefined)
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

const rowColumns = {
  id: true,
  userId: true,
  epoch: true,
  endedAt: true,
  user: { select: userColumns },
} as const

/**
 * Admits the user, unless a row of this epoch no longer lets them in. The row's epoch counts, not the record's: a change of password
 * moves the row to the new epoch at once, and the record follows under a new key.
 */
function ifCurrent(
  user: User | null,
  epoch: number | null,
  found: Omit<Admitted, 'user'>,
): Admitted | null {
  return user?.isActive && user.epoch === epoch ? { ...found, user } : null
}
